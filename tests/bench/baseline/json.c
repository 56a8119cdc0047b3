/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What goal 2 is compared to as well: jansson's parse of the same manifest as JSON. */
#include <jansson.h>

int main(int argc, char **argv)
{
	json_t *value = argc == 2 ? json_load_file(argv[1], 0, NULL) : NULL;

	if (!value)
		return 1;
	json_decref(value);
	return 0;
}
