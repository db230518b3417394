// SPDX-License-Identifier: Apache-2.0
/*
 * Devices that are a disk, a controller or the machine's keeper by another interface than a disk's, and whose numbers
 * the kernel gives as they come: NVMe's and SCSI's raw devices, the management controller.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "monitor.h"

static const char *const raw[] = { "nvme", "nvme-generic", "nvme-fabrics", "bsg", "ipmidev", "megaraid_sas_ioctl" };

_Static_assert(sizeof(raw) / sizeof(*raw) <= WARDEN_MAJORS, "one major number for each");

int devices_find(u32 majors[WARDEN_MAJORS])
{
	FILE *file = fopen("/proc/devices", "re");
	int count = 0, error;
	char line[128];

	if (!file)
		return -1;
	while (count < WARDEN_MAJORS && fgets(line, sizeof(line), file)) {
		char name[64];
		u32 major;

		if (!strncmp(line, "Block", 5))
			break;
		if (sscanf(line, "%u %63s", &major, name) != 2)
			continue;
		for (size_t i = 0; i < sizeof(raw) / sizeof(*raw); i++)
			if (!strcmp(name, raw[i]) && count < WARDEN_MAJORS)
				majors[count++] = major;
	}
	error = ferror(file) ? -1 : 0;
	fclose(file);
	return error;
}
