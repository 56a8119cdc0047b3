/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * picture: the screen as an SVG, made from the program's own cells.
 *
 *	picture EXAMPLE RUNNING BRIEF
 *
 * Plays the example (a folder such as share/examples/docs-release) with the program $STEPGATE in a
 * terminal of 30 rows and 100 columns, and writes what stands there while ORC runs, and at the
 * brief behind it. Times and hashes that differ from run to run are what they were: nothing is
 * painted over. The third engine, which would be done before one sees it, is held until the first
 * picture is taken.
 * Exit status: 0, or 1 with a sentence on stderr.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/harness.h"
#include "harness/term.h"

#define ROWS 30
#define COLS 100

#define HELD_MS 3500

/* A cell in the picture's units; the font is scaled into it, whatever font there is. */
#define CELL_W   8.4
#define CELL_H   18
#define BASELINE 13.5
#define MARGIN   14

#define BACKGROUND "#16181d"
#define FOREGROUND "#d7dae0"

static _Noreturn void give_up(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void give_up(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fputs("picture: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

/* --- the example is played --- */

static void shell(const char *folder, const char *line)
{
	char *all = sg_t_format("cd '%s' && { %s; } >/dev/null", folder, line);
	if (system(all) != 0)
		give_up("this failed: %s", line);
	free(all);
}

static void prepare(const char *folder, const char *example, const char *program)
{
	const char *hold = "cd run && { sed 1q engines/toc.sh && "
			   "echo 'while [ ! -e ../go ]; do sleep 0.05; done' && "
			   "sed 1d engines/toc.sh; } >toc && cat toc >engines/toc.sh && rm toc";
	char *copy = sg_t_format("mkdir run && cp -R '%s/.' run/ && rm -f run/demo.sh", example);
	char *begin = sg_t_format(
		"cd run && git init -q . && git add -A && git -c user.name=demo "
		"-c user.email=demo@localhost commit -q -m 'The documents before the release' && "
		"'%s' init && '%s' step 'Выпуск 1.3 документов библиотеки инструментов' "
		"--file tasks/release.task.md --route routes/docs-release.yaml",
		program, program);
	shell(folder, copy);
	shell(folder, hold);
	shell(folder, begin);
	free(copy);
	free(begin);
}

static void see(struct sg_t_term *term, const char *text)
{
	if (sg_t_term_wait_text(term, text, SG_T_DEADLINE_MS)) {
		/* the frame is whole, and what was typed before it is dropped by now */
		sg_t_term_settle(term, 100);
		return;
	}
	sg_t_term_dump(term, text);
	give_up("the screen did not show \"%s\"", text);
}

/* The program in the terminal, up to ORC's third engine. */
static struct sg_t_term *play(const char *folder, const char *program)
{
	static const char *const phases[] = {"ROUTE", "SPC", "ORC"};
	char *state = sg_t_format("XDG_STATE_HOME=%s/state", folder);
	char *config = sg_t_format("XDG_CONFIG_HOME=%s/config", folder);
	char *cwd = sg_t_format("%s/run", folder);
	struct sg_t_term *term = sg_t_term_open(&(struct sg_t_term_spec){
		.argv = (const char *const[]){program, NULL},
		.env = (const char *const[]){state, config, "INPUTRC=/dev/null", NULL},
		.cwd = cwd,
		.rows = ROWS,
		.cols = COLS,
	});
	for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
		char *text = sg_t_format("«го» starts %s", phases[i]);
		see(term, text);
		sg_t_term_type(term, "го\r");
		free(text);
	}
	see(term, "▶ ENG.DOCS.TOC");
	/* some seconds of its time are to be seen */
	(void)sg_t_term_wait_text(term, "no such text", HELD_MS);
	sg_t_term_settle(term, 100);
	free(state);
	free(config);
	free(cwd);
	return term;
}

static void let_go(const char *folder)
{
	shell(folder, "touch go");
}

/* --- and drawn --- */

static const char *colour(const struct sg_t_cell *cell)
{
	static const char *const palette[16] = {"#5c6370", "#f07178", "#8fd48f", "#e8c266", "#7aa2f7",
		"#c792ea", "#5fd0d8", FOREGROUND, "#5c6370", "#ff8b92", "#a5e6a5", "#ffd97d", "#8fb4ff",
		"#dba8ff", "#7ce6ee", "#ffffff"};
	if (cell->fg >= 0 && cell->fg < 16)
		return palette[cell->fg];
	return cell->bold ? "#ffffff" : FOREGROUND;
}

static void put_escaped(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&': fputs("&amp;", out); break;
		case '<': fputs("&lt;", out); break;
		case '>': fputs("&gt;", out); break;
		default: fputc(*text, out); break;
		}
	}
}

static bool alike(const struct sg_t_cell *a, const struct sg_t_cell *b)
{
	return a->fg == b->fg && a->bold == b->bold && a->reverse == b->reverse;
}

/* Blocks and shades fill their cell: as letters they would leave gaps between rows and columns. */
static bool put_block(FILE *out, const struct sg_t_cell *cell, int row, int col)
{
	const char *opacity = strcmp(cell->text, "█") == 0   ? "1"
			      : strcmp(cell->text, "░") == 0 ? "0.25"
							     : NULL;
	if (!opacity)
		return false;
	fprintf(out,
		"<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" fill=\"%s\" "
		"shape-rendering=\"crispEdges\" opacity=\"%s\"/>\n",
		MARGIN + col * CELL_W, (double)MARGIN + row * CELL_H + 3, CELL_W + 0.1, CELL_H - 6,
		colour(cell), opacity);
	return true;
}

/* A run of cells that look alike, from col; returns the first column behind it. */
static int put_run(FILE *out, struct sg_t_term *term, int row, int col)
{
	const struct sg_t_cell first = sg_t_term_cell(term, row, col);
	char text[COLS * 32 + 1] = "";
	int at = col, cells = 0;
	while (at < COLS) {
		const struct sg_t_cell cell = sg_t_term_cell(term, row, at);
		const bool block =
			strcmp(cell.text, "█") == 0 || strcmp(cell.text, "░") == 0;
		const bool blank = !*cell.text || strcmp(cell.text, " ") == 0;
		/* two blanks end a run: each part then starts at its own column */
		const struct sg_t_cell next = sg_t_term_cell(term, row, at + 1 < COLS ? at + 1 : at);
		const bool gap = blank && (!*next.text || strcmp(next.text, " ") == 0);
		if (block || gap || (!alike(&cell, &first) && !blank))
			break;
		strcat(text, blank ? " " : cell.text);
		cells += cell.width;
		at += cell.width;
	}
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" textLength=\"%.1f\" fill=\"%s\"%s>",
		MARGIN + col * CELL_W, MARGIN + row * CELL_H + BASELINE, cells * CELL_W, colour(&first),
		first.bold ? " font-weight=\"bold\"" : "");
	put_escaped(out, text);
	fputs("</text>\n", out);
	return at;
}

static void put_row(FILE *out, struct sg_t_term *term, int row)
{
	for (int col = 0; col < COLS;) {
		const struct sg_t_cell cell = sg_t_term_cell(term, row, col);
		if (!*cell.text || strcmp(cell.text, " ") == 0)
			col++;
		else if (put_block(out, &cell, row, col))
			col++;
		else
			col = put_run(out, term, row, col);
	}
}

static void put_picture(FILE *out, struct sg_t_term *term, const char *title)
{
	const double width = COLS * CELL_W + 2 * MARGIN;
	const int height = ROWS * CELL_H + 2 * MARGIN;
	int row, col;
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%d\" "
		"viewBox=\"0 0 %.0f %d\" "
		"font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" "
		"font-size=\"14\" xml:space=\"preserve\">\n"
		"<title>%s</title>\n"
		"<rect width=\"100%%\" height=\"100%%\" rx=\"8\" fill=\"" BACKGROUND "\"/>\n",
		width, height, width, height, title);
	for (int i = 0; i < ROWS; i++)
		put_row(out, term, i);
	sg_t_term_cursor(term, &row, &col);
	fprintf(out,
		"<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"" FOREGROUND "\"/>\n",
		MARGIN + col * CELL_W, MARGIN + row * CELL_H, CELL_W, CELL_H);
	fputs("</svg>\n", out);
}

static void draw(const char *path, struct sg_t_term *term, const char *title)
{
	FILE *out = fopen(path, "we");
	if (!out)
		give_up("cannot write %s", path);
	put_picture(out, term, title);
	if (fclose(out) != 0)
		give_up("cannot write %s", path);
}

int main(int argc, char **argv)
{
	const char *program = getenv("STEPGATE");
	if (argc != 4 || !program || !*program)
		give_up("usage: STEPGATE=PROGRAM picture EXAMPLE RUNNING BRIEF");
	char *example = realpath(argv[1], NULL);
	if (!example)
		give_up("there is no %s", argv[1]);
	char *folder = sg_t_tmpdir();
	prepare(folder, example, program);
	struct sg_t_term *term = play(folder, program);
	draw(argv[2], term, "stepgate: the screen while ORC runs its third engine");
	let_go(folder);
	see(term, "«го» starts CTL");
	draw(argv[3], term, "stepgate: the brief behind ORC, and the signal that starts CTL");
	sg_t_term_close(term);
	sg_t_rmtree(folder);
	free(folder);
	free(example);
	return 0;
}
