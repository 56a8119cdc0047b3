/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The control: a prompt that reads lines from wherever they come, runs its commands on its own
 * terminal, shows what they print as it is, and keeps its ledger where they can write. It has a
 * trace just good enough for the operator of forge.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "forge/forge.h"

static int events(const char *event)
{
	char line[1024];
	char text[64];
	int n = 0;
	FILE *file = fopen(".stepgate/trace.jsonl", "re");
	join(text, sizeof(text), "\"event\":\"%s\"", event);
	while (file && fgets(line, sizeof(line), file))
		n += strstr(line, text) != NULL;
	if (file)
		(void)fclose(file);
	return n;
}

static void add(const char *event, const char *phase)
{
	FILE *file = fopen(".stepgate/trace.jsonl", "ae");
	if (!file)
		return;
	(void)fprintf(file, "{\"seq\":1,\"event\":\"%s\",\"phase\":\"%s\",\"prev\":\"0\"}\n",
		event, phase);
	(void)fclose(file);
}

/* The profile's command, as it stands there. */
static void run_command(void)
{
	char line[1024];
	char number[16] = "";
	FILE *file = fopen("profiles/FORGE.yaml", "re");
	while (file && fgets(line, sizeof(line), file)) {
		const char *at = strstr(line, "--attack, \"");
		if (at)
			join(number, sizeof(number), "%.*s", (int)strcspn(at + 11, "\""), at + 11);
	}
	if (file)
		(void)fclose(file);
	const pid_t pid = fork();
	if (pid == 0) {
		(void)mkdir("out", 0755);
		(void)setenv("STEPGATE_OUT", "out", 1);
		(void)execl("./forge", "forge", "--attack", number, "room", (char *)NULL);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static void take_signal(void)
{
	static const char *const phases[] = {"ROUTE", "SPC", "PACK", "VAL"};
	const int n = events("begin");
	if (n >= 4)
		return;
	add("begin", phases[n]);
	if (n == 0)
		add("route", "ROUTE");
	if (n != 1)
		return;
	run_command();
	add("role", "SPC");
}

int naive_main(int argc, char **argv)
{
	char line[256];
	if (argc > 1 && (strcmp(argv[1], "init") == 0 || strcmp(argv[1], "step") == 0)) {
		(void)mkdir(".stepgate", 0755);
		add(argv[1], "");
		return 0;
	}
	if (argc > 1 && strcmp(argv[argc - 1], SIGNAL) == 0) {
		take_signal();
		return 0;
	}
	(void)setvbuf(stdout, NULL, _IONBF, 0);
	(void)printf("naive> ");
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\r\n")] = '\0';
		if (strcmp(line, SIGNAL) == 0)
			take_signal();
		(void)printf("naive> ");
	}
	return 0;
}
