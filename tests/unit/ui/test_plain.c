/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plain output to a descriptor: colour, the sanitiser, live streams in pieces, a reader that left. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/utf8.h"
#include "harness/harness.h"
#include "ui/plain.h"

struct page {
	char *folder;
	char *path;
	struct sg_plain plain;
};

static void open_page(struct page *page)
{
	page->folder = sg_t_tmpdir();
	page->path = sg_t_format("%s/page", page->folder);
	page->plain = (struct sg_plain){
		.fd = open(page->path, O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND, 0600)};
	cr_assert_geq(page->plain.fd, 0);
}

static void close_page(struct page *page)
{
	close(page->plain.fd);
	sg_t_rmtree(page->folder);
	free(page->folder);
	free(page->path);
}

static void expect_page(const struct page *page, const char *expected)
{
	char *found = sg_t_read(page->path, NULL);
	cr_expect_str_eq(found, expected);
	free(found);
}

static void add(struct page *page, struct sg_plain_stream *stream, const char *text)
{
	sg_plain_stream_add(&page->plain, stream, text, strlen(text));
}

Test(plain, rows_are_lines_and_only_colour_adds_escape_codes)
{
	struct page page;
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_rows rows;
	open_page(&page);
	sg_rows_init(&rows, &arena);
	sg_rows_add(&rows, SG_STYLE_OK, "done %d", 1);
	sg_rows_add(&rows, SG_STYLE_PLAIN, "plain");
	sg_plain_rows(&page.plain, &rows);
	expect_page(&page, "done 1\nplain\n");
	page.plain.colour = true;
	sg_plain_rows(&page.plain, &rows);
	expect_page(&page, "done 1\nplain\n\033[36mdone 1\033[0m\nplain\n");
	sg_arena_release(&arena);
	close_page(&page);
	SG_LEAKCHECK();
}

Test(plain, a_line_goes_through_the_sanitiser)
{
	struct page page;
	open_page(&page);
	sg_plain_line(&page.plain, SG_STYLE_FAIL, "name %s", "a\033[2J\nb");
	expect_page(&page, "name a<U+001B>[2J<U+000A>b\n");
	close_page(&page);
	SG_LEAKCHECK();
}

Test(plain, a_stream_shows_whole_lines_behind_their_source)
{
	struct page page;
	struct sg_plain_stream stream;
	open_page(&page);
	sg_plain_stream_begin(&stream, "KEY:ENG.TOC");
	add(&page, &stream, "one\ntw");
	expect_page(&page, "ENG.TOC | one\n");
	add(&page, &stream, "o\r\n\nlast");
	expect_page(&page, "ENG.TOC | one\nENG.TOC | two\nENG.TOC | \n");
	sg_plain_stream_end(&page.plain, &stream);
	sg_plain_stream_end(&page.plain, &stream);
	expect_page(&page, "ENG.TOC | one\nENG.TOC | two\nENG.TOC | \nENG.TOC | last\n");
	close_page(&page);
	SG_LEAKCHECK();
}

Test(plain, bytes_that_act_on_a_terminal_come_out_visible)
{
	struct page page;
	struct sg_plain_stream stream;
	open_page(&page);
	sg_plain_stream_begin(&stream, "E\033");
	add(&page, &stream, "\033]0;x\007\xff 10%\r20%\n");
	expect_page(&page, "E<U+001B> | <U+001B>]0;x<U+0007><FF> 10%<U+000D>20%\n");
	close_page(&page);
	SG_LEAKCHECK();
}

Test(plain, a_character_that_comes_in_two_reads_is_one)
{
	struct page page;
	struct sg_plain_stream stream;
	open_page(&page);
	sg_plain_stream_begin(&stream, "E");
	add(&page, &stream, "\xd0");
	add(&page, &stream, "\xb3\n");
	expect_page(&page, "E | г\n");
	close_page(&page);
	SG_LEAKCHECK();
}

Test(plain, a_line_longer_than_the_buffer_is_cut_between_characters)
{
	struct page page;
	struct sg_plain_stream stream;
	open_page(&page);
	sg_plain_stream_begin(&stream, "E");
	/* one byte before, so that a two-byte letter would straddle the end of the buffer */
	add(&page, &stream, "x");
	for (int i = 0; i < 5000; i++)
		add(&page, &stream, "ж");
	sg_plain_stream_end(&page.plain, &stream);
	char *found = sg_t_read(page.path, NULL);
	cr_assert_null(strstr(found, "<D0>"), "a letter was cut in two");
	size_t letters = 0;
	for (const char *p = found; (p = strstr(p, "ж")); p += 2)
		letters++;
	cr_assert_eq(letters, 5000);
	free(found);
	close_page(&page);
	SG_LEAKCHECK();
}

Test(plain, a_line_of_broken_bytes_longer_than_the_buffer_comes_out_whole)
{
	struct page page;
	struct sg_plain_stream stream;
	open_page(&page);
	sg_plain_stream_begin(&stream, "E");
	for (int i = 0; i < 9000; i++)
		add(&page, &stream, "\x80");
	sg_plain_stream_end(&page.plain, &stream);
	char *found = sg_t_read(page.path, NULL);
	size_t bytes = 0;
	for (const char *p = found; (p = strstr(p, "<80>")); p += 4)
		bytes++;
	cr_assert_eq(bytes, 9000);
	free(found);
	close_page(&page);
	SG_LEAKCHECK();
}

Test(plain, a_long_name_is_cut_at_a_character)
{
	struct sg_plain_stream stream;
	char name[401] = "x";
	for (int i = 0; i < 199; i++)
		strcat(name, "ж");
	sg_plain_stream_begin(&stream, name);
	cr_assert_lt(strlen(stream.name), sizeof(stream.name));
	cr_assert(sg_utf8_valid(stream.name, strlen(stream.name), NULL));
	cr_assert_geq(strlen(stream.name), sizeof(stream.name) - 3);
}

Test(plain, a_reader_that_left_sets_failed_and_nothing_more_is_written)
{
	int ends[2];
	cr_assert_eq(pipe(ends), 0);
	signal(SIGPIPE, SIG_IGN);
	struct sg_plain plain = {.fd = ends[1]};
	close(ends[0]);
	sg_plain_text(&plain, "x");
	cr_assert(plain.failed);
	close(ends[1]);
	sg_plain_text(&plain, "y");
	cr_assert(plain.failed);
}

Test(plain, a_descriptor_that_does_not_block_gets_every_byte)
{
	enum { N = 300000 };
	int ends[2];
	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
	pid_t reader = fork();
	if (reader == 0) {
		char bytes[4096];
		size_t sum = 0;
		close(ends[1]);
		for (ssize_t n; (n = read(ends[0], bytes, sizeof(bytes))) > 0;)
			sum += (size_t)n;
		_exit(sum == N ? 0 : 1);
	}
	close(ends[0]);
	char *text = malloc(N + 1);
	cr_assert(text);
	memset(text, 'x', N);
	text[N] = '\0';
	struct sg_plain plain = {.fd = ends[1]};
	sg_plain_text(&plain, text);
	cr_assert_not(plain.failed);
	close(ends[1]);
	int status;
	cr_assert_eq(waitpid(reader, &status, 0), reader);
	cr_assert_eq(status, 0, "expected %d bytes to arrive", N);
	free(text);
	SG_LEAKCHECK();
}
