/* SPDX-License-Identifier: Apache-2.0 */
/* What the operations on processes start. */
int main(void)
{
	return 0;
}
