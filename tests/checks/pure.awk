# SPDX-License-Identifier: GPL-3.0-or-later
# Reads "S object symbol type ..." (nm -A -P) and "D object section ..." (objdump -t, objects only)
# and follows what core and the views need. A function of the C library that is not on this list
# is refused, so that one which nobody thought of is refused too.

BEGIN {
	split("memcpy memmove memset memcmp memchr memrchr memmem mempcpy rawmemchr explicit_bzero " \
		"strlen strnlen strcmp strncmp strcasecmp strncasecmp strchr strchrnul strrchr strstr " \
		"strspn strcspn strpbrk strcpy stpcpy strncpy strcat strsep strtok_r strdup strndup " \
		"strtol strtoll strtoul strtoull strtod strtoimax strtoumax strerror strerror_r " \
		"strerrorname_np strerrordesc_np snprintf vsnprintf sscanf __isoc99_sscanf " \
		"malloc calloc realloc reallocarray free qsort qsort_r bsearch abs labs abort " \
		"__assert_fail __errno_location " \
		"__memcpy_chk __memmove_chk __memset_chk __mempcpy_chk __explicit_bzero_chk " \
		"__strcpy_chk __stpcpy_chk __strncpy_chk __strcat_chk __strncat_chk " \
		"__snprintf_chk __vsnprintf_chk __stack_chk_fail __chk_fail _GLOBAL_OFFSET_TABLE_ " \
		"SHA256 SHA256_Init SHA256_Update SHA256_Final madvise", words, " ")
	for (w in words)
		harmless[words[w]] = 1
	bad = 0
}

$1 == "S" && $4 == "U" {
	needs[$2] = needs[$2] " " $3
	objects[$2] = 1
}

$1 == "S" && $4 ~ /^[TDBRVWC]$/ {
	defines[$3] = $2
	objects[$2] = 1
}

# State that outlives a call makes the same input give another output. Constant tables of
# pointers are in .data.rel.ro: the linker makes those read-only.
$1 == "D" && $3 ~ /^\.(data|bss)/ && $3 !~ /^\.data\.rel\.ro/ {
	print source($2) ": keeps state in " $NF " (" $3 "), but has to be pure"
	bad++
}

function source(object) {
	sub(/\.o$/, ".c", object)
	return object
}

function visit(object,   list, n, i, symbol, theirs) {
	if (object in seen)
		return
	seen[object] = 1
	n = split(needs[object], list, " ")
	for (i = 1; i <= n; i++) {
		symbol = list[i]
		if (symbol in defines) {
			theirs = defines[symbol]
			if (theirs !~ /^src\/(base|core)\// && theirs !~ /^src\/ui\/view/) {
				print source(object) ": needs " symbol " of " source(theirs) \
					", but has to be pure"
				bad++
				continue
			}
			if (!(theirs in from))
				from[theirs] = object
			visit(theirs)
		} else if (!(symbol in harmless) && symbol !~ /^utf8proc_/ && symbol !~ /^sg_/) {
			print source(object) ": needs " symbol \
				((object in from) ? " (used by " source(from[object]) ")" : "") \
				", which is not pure"
			bad++
		}
	}
}

END {
	for (object in objects)
		if (object ~ /^src\/core\// || object ~ /^src\/ui\/view/)
			visit(object)
	exit bad != 0
}
