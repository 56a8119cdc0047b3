/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The operator's settings: where their file is, and what they change. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "base/fs.h"

#define MAX_BYTES ((size_t)64 << 10)

const char *sg_app_config_path(struct sg_strbuf *sb)
{
	const char *xdg = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");
	if (xdg && *xdg == '/')
		sg_strbuf_addf(sb, "%s/stepgate/config", xdg);
	else if (home && *home == '/')
		sg_strbuf_addf(sb, "%s/.config/stepgate/config", home);
	return sb->n_bytes ? sb->bytes : NULL;
}

/* What is not there sets nothing; what is there and cannot be read is said. */
enum sg_rc sg_app_settings(struct sg_settings *ret, struct sg_err *err)
{
	struct sg_strbuf path = SG_STRBUF_INIT;
	struct sg_strbuf bytes = SG_STRBUF_INIT;
	enum sg_rc rc = SG_OK;
	sg_settings_default(ret);
	if (sg_app_config_path(&path) && sg_fs_exists(AT_FDCWD, path.bytes))
		rc = sg_fs_read(AT_FDCWD, path.bytes, MAX_BYTES, &bytes, err);
	if (rc == SG_OK && bytes.n_bytes)
		rc = sg_settings_read(ret, bytes.bytes, bytes.n_bytes, path.bytes, err);
	sg_strbuf_release(&path);
	sg_strbuf_release(&bytes);
	return rc;
}
