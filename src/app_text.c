/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The operator's language: the one file that knows of gettext.
 *
 * The catalogue is looked for in $STEPGATE_LOCALEDIR, else beside the program (as it is built),
 * else in ../share/locale from there (as it is installed, wherever that was).
 */
#include <langinfo.h>
#include <libintl.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app.h"

#define DOMAIN "stepgate"

static const char *text(const char *one, const char *many, unsigned long n)
{
	/* the translation of nothing is the catalogue's header */
	if (!*one)
		return one;
	return many ? dngettext(DOMAIN, one, many, n) : dgettext(DOMAIN, one);
}

/* What POSIX says decides on the messages; "" where nothing does. */
static const char *named_locale(void)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
	for (size_t i = 0; i < SG_ARRAY_SIZE(names); i++) {
		const char *value = getenv(names[i]);
		if (value && *value)
			return value;
	}
	return "";
}

/*
 * A small Debian has no locale but C.UTF-8: "ru_RU.UTF-8" is then unknown to the C library,
 * which falls back to C and would not look at our catalogue. In C.UTF-8 it does, for $LANGUAGE.
 */
static void take_language_by_name(void)
{
	char language[64];
	const char *name = named_locale();
	const char *now = setlocale(LC_MESSAGES, NULL);
	size_t n = strcspn(name, ".@");
	bool is_c = strncmp(name, "C", n) == 0 || strncmp(name, "POSIX", n) == 0;
	if (!n || is_c || n >= sizeof(language) || !now || strcmp(now, "C") != 0)
		return;
	memcpy(language, name, n);
	language[n] = '\0';
	if (setlocale(LC_MESSAGES, "C.UTF-8"))
		(void)setenv("LANGUAGE", language, 0);
}

static void bind_catalogue(void)
{
	char path[PATH_MAX];
	char folder[PATH_MAX + 32];
	const char *given = getenv("STEPGATE_LOCALEDIR");
	if (given && *given == '/') {
		(void)bindtextdomain(DOMAIN, given);
		return;
	}
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	char *slash = strrchr(path, '/');
	if (!slash)
		return;
	*slash = '\0';
	(void)snprintf(folder, sizeof(folder), "%s/locale", path);
	if (access(folder, X_OK) != 0)
		(void)snprintf(folder, sizeof(folder), "%s/../share/locale", path);
	(void)bindtextdomain(DOMAIN, folder);
}

/*
 * The settings' word is this program's, the locale's that of all of them. It goes the way of
 * LANGUAGE, which the C library follows in every locale but C.
 */
static bool take_language_set(const struct sg_settings *settings)
{
	const char *list = getenv("LANGUAGE");
	if ((list && *list) || sg_setting_is(settings, SG_SETTING_LANGUAGE, "auto"))
		return false;
	(void)setenv("LANGUAGE",
		sg_setting_is(settings, SG_SETTING_LANGUAGE, "ru") ? "ru" : "en", 1);
	return true;
}

/*
 * Where the keys themselves are wanted nothing is loaded: it would cost as much as a small
 * check.
 */
static bool may_be_translated(void)
{
	static const char *const english[] = {"", "C", "POSIX", "en"};
	const char *list = getenv("LANGUAGE");
	const char *name = named_locale();
	size_t n = strcspn(name, "_.@");
	if (list && *list)
		return true;
	for (size_t i = 0; i < SG_ARRAY_SIZE(english); i++)
		if (strlen(english[i]) == n && strncmp(name, english[i], n) == 0)
			return false;
	return true;
}

sg_say_fn *sg_text_begin(const struct sg_settings *settings)
{
	const bool set = take_language_set(settings);
	if (set && sg_setting_is(settings, SG_SETTING_LANGUAGE, "en"))
		return NULL;
	if (!may_be_translated())
		return NULL;
	(void)setlocale(LC_MESSAGES, "");
	if (set)
		(void)setlocale(LC_MESSAGES, "C.UTF-8");
	else
		take_language_by_name();
	bind_catalogue();
	(void)bind_textdomain_codeset(DOMAIN, "UTF-8");
	/*
	 * the header of a catalogue that was found; without one nothing is looked up row by row
	 */
	return *dgettext(DOMAIN, "") ? text : NULL;
}

void sg_text_charset(void)
{
	(void)setlocale(LC_CTYPE, "");
	if (strcmp(nl_langinfo(CODESET), "UTF-8") == 0)
		return;
	/* readline takes the locale from the environment again */
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	(void)setenv("LC_CTYPE", "C.UTF-8", 1);
	(void)unsetenv("LC_ALL");
}
