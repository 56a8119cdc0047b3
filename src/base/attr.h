/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attributes of the compilers that we build with, and handles that close themselves. */
#ifndef STEPGATE_BASE_ATTR_H
#define STEPGATE_BASE_ATTR_H

#define SG_PRINTF(format_index, first_arg) \
	__attribute__((format(printf, format_index, first_arg)))
/* The result is that argument in other words: a format that is translated is still checked. */
#define SG_FORMAT_ARG(index) __attribute__((format_arg(index)))
#define SG_WARN_UNUSED       __attribute__((warn_unused_result))

/*
 * Runs fn(&variable) when the variable leaves its scope; no goto may jump over such a variable.
 */
#define SG_CLEANUP(fn) __attribute__((cleanup(fn)))

#define SG_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
