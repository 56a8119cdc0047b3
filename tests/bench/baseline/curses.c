/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The baseline of goal 6: curses alone. It echoes each key in the last row and draws, as one would
 * write it by hand; Ctrl-U clears the row, Ctrl-D ends.
 */
#include <locale.h>
#include <string.h>

#include <curses.h>

#define CTRL(letter) ((letter) & 0x1f)

int main(void)
{
	static const char prompt[] = "stepgate 0001> ";
	(void)setlocale(LC_ALL, "");
	(void)initscr();
	(void)cbreak();
	(void)noecho();
	(void)mvaddstr(LINES - 1, 0, prompt);
	(void)refresh();
	for (int key; (key = getch()) != ERR && key != CTRL('D');) {
		if (key == CTRL('U')) {
			(void)move(LINES - 1, (int)strlen(prompt));
			(void)clrtoeol();
		} else {
			(void)addch((chtype)key);
		}
		(void)refresh();
	}
	(void)endwin();
	return 0;
}
