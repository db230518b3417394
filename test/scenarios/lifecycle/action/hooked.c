/* SPDX-License-Identifier: Apache-2.0
 *
 * Code that a step wants to have in an action's post. Built twice: once as what LD_PRELOAD names, once as a libdl that
 * LD_LIBRARY_PATH leads to (it has the version that Node asks for; glibc itself has the functions). Before `main` it
 * leaves a marker and ends the program as if all were well; only in the program whose script HOOKED_... names. The first
 * is also what LD_AUDIT and a configuration of OpenSSL's name.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__attribute__((constructor)) static void run(int argc, char **argv)
{
	const char *script = getenv("HOOKED_" NAME);
	size_t have, want;

	if (argc < 2 || !script)
		return;
	have = strlen(argv[1]);
	want = strlen(script);
	if (have < want || strcmp(argv[1] + have - want, script) != 0)
		return;
	close(open("/home/runner/hooked-" NAME, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	_exit(0);
}

/* Without it the loader takes nothing for LD_AUDIT. */
unsigned la_version(unsigned version);
unsigned la_version(unsigned version)
{
	return version;
}
