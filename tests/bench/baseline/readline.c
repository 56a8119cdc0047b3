/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What goal 6 is compared to as well: readline alone, drawing its line itself. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#include <readline/readline.h>

int main(void)
{
	(void)setlocale(LC_ALL, "");
	for (char *line; (line = readline("stepgate 0001> "));)
		free(line);
	return 0;
}
