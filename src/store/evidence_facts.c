/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whether the evidence still stands: every recorded file opened again and hashed, once, and
 * then trusted as long as inode, size, mtime and ctime stay.
 */
#include "store/evidence_internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/table.h"

/*
 * A change within one tick of the file system's clock leaves ctime as it was. So what was
 * hashed while its ctime was this young is hashed again next time.
 */
#define YOUNG_MS 200

struct entry {
	char *path; /* owned; the key */
	struct stat st;
	char sha256[SG_SHA256_HEX_SIZE];
};

struct sg_evidence_cache {
	struct sg_table index; /* path -> entries */
	struct entry *entries;
	size_t n;
	size_t capacity;
	struct sg_demand_memo demands;
};

struct sg_evidence_cache *sg_evidence_cache_new(void)
{
	return calloc(1, sizeof(struct sg_evidence_cache));
}

void sg_evidence_cache_free(struct sg_evidence_cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < cache->n; i++)
		free(cache->entries[i].path);
	free(cache->entries);
	sg_table_release(&cache->index);
	sg_demand_memo_release(&cache->demands);
	free(cache);
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       same_time(&a->st_mtim, &b->st_mtim) && same_time(&a->st_ctim, &b->st_ctim);
}

static bool settled(const struct stat *st, int64_t now_ms)
{
	const int64_t changed_ms =
		(int64_t)st->st_ctim.tv_sec * 1000 + st->st_ctim.tv_nsec / 1000000;

	/* from the future: the clock was set, and says nothing about age */
	return changed_ms <= now_ms && now_ms - changed_ms > YOUNG_MS;
}

/* A slot for path, new or old; NULL when memory ran out: then nothing is remembered. */
static struct entry *slot(struct sg_evidence_cache *cache, const char *path)
{
	const size_t known = sg_table_get(&cache->index, path);

	if (known != SG_TABLE_NONE)
		return &cache->entries[known];
	if (cache->n == cache->capacity) {
		const size_t capacity = cache->capacity > 0 ? cache->capacity * 2 : 64;
		struct entry *entries = realloc(cache->entries, capacity * sizeof(*entries));
		if (!entries)
			return NULL;
		cache->entries = entries;
		cache->capacity = capacity;
	}
	char *copy = strdup(path);
	if (!copy)
		return NULL;
	cache->entries[cache->n] = (struct entry){.path = copy};
	sg_table_put(&cache->index, copy, cache->n);
	return &cache->entries[cache->n++];
}

/* The hash of an open file, from the cache where that may be trusted. */
static enum sg_rc hash_cached(struct sg_evidence_cache *cache, const char *path, int fd,
	int64_t max_bytes, char ret_hex[SG_SHA256_HEX_SIZE], struct sg_err *err)
{
	struct stat before;
	struct stat after;
	int64_t size_bytes = 0;
	const int64_t now_ms = sg_clock_wall_ms();
	const size_t known = sg_table_get(&cache->index, path);

	if (fstat(fd, &before) < 0)
		return sg_err_set(err, SG_STORAGE, "cannot look at '%s'", path);
	if (known < cache->n && same_file(&cache->entries[known].st, &before)) {
		memcpy(ret_hex, cache->entries[known].sha256, SG_SHA256_HEX_SIZE);
		return SG_OK;
	}
	const enum sg_rc rc = sg_fs_hash_fd(fd, path, max_bytes, &size_bytes, ret_hex, err);
	if (rc < 0 || fstat(fd, &after) < 0 || !same_file(&before, &after) ||
		!settled(&before, now_ms))
		return rc;
	struct entry *entry = slot(cache, path);
	if (entry) {
		entry->st = before;
		memcpy(entry->sha256, ret_hex, SG_SHA256_HEX_SIZE);
	}
	return SG_OK;
}

enum sg_rc sg_evidence_hash(struct sg_evidence_cache *cache, const char *path, int fd,
	char ret_hex[SG_SHA256_HEX_SIZE], struct sg_err *err)
{
	int64_t size_bytes = 0;

	return cache ? hash_cached(cache, path, fd, INT64_MAX, ret_hex, err)
		     : sg_fs_hash_fd(fd, path, INT64_MAX, &size_bytes, ret_hex, err);
}

static enum sg_fresh file_fresh(
	int dir, const struct sg_file *file, struct sg_evidence_cache *cache)
{
	SG_CLEANUP(sg_fd_close) int fd = -1;
	char hex[SG_SHA256_HEX_SIZE];
	struct stat st;

	if (file->path[0] == '\0' || file->sha256[0] == '\0')
		return SG_FRESH_INCOMPLETE;
	enum sg_rc rc = sg_fs_open_beneath(dir, file->path, &fd, NULL);
	if (rc == SG_NOTFOUND)
		return SG_FRESH_MISSING;
	if (rc == SG_INPUT)
		return SG_FRESH_STALE; /* a link or a folder stands in its place */
	if (rc < 0)
		return SG_FRESH_INCOMPLETE; /* there, but unreadable: nothing is proven */
	if (fstat(fd, &st) == 0 && st.st_size != file->size_bytes)
		return SG_FRESH_STALE; /* spares the hash, and a sparse giant */
	rc = hash_cached(cache, file->path, fd, file->size_bytes, hex, NULL);
	if (rc == SG_LIMIT)
		return SG_FRESH_STALE;
	if (rc < 0)
		return SG_FRESH_INCOMPLETE;
	return strcmp(hex, file->sha256) == 0 ? SG_FRESH_FRESH : SG_FRESH_STALE;
}

/* Of several files the worst stands: gone before changed before unreadable. */
static enum sg_fresh worse(enum sg_fresh a, enum sg_fresh b)
{
	static const int rank[SG_FRESH_COUNT] = {
		[SG_FRESH_FRESH] = 0,
		[SG_FRESH_INCOMPLETE] = 1,
		[SG_FRESH_STALE] = 2,
		[SG_FRESH_MISSING] = 3,
	};

	return rank[b] > rank[a] ? b : a;
}

static enum sg_fresh proof_fresh(
	int dir, const struct sg_proof *proof, struct sg_evidence_cache *cache)
{
	enum sg_fresh fresh = SG_FRESH_FRESH;

	if (proof->kind == SG_FACT_OUTPUT && proof->files.n == 0)
		return SG_FRESH_INCOMPLETE;
	for (size_t i = 0; i < proof->files.n; i++)
		fresh = worse(fresh, file_fresh(dir, &proof->files.v[i], cache));
	return fresh;
}

static enum sg_rc fact_of(int dir, const struct sg_run *run, const struct sg_proof *proof,
	struct sg_evidence_cache *cache, struct sg_arena *arena, struct sg_fact *ret)
{
	*ret = (struct sg_fact){
		.kind = proof->kind,
		.name = proof->name,
		.provenance = proof->provenance,
		.fresh = proof_fresh(dir, proof, cache),
		.tier = proof->tier,
	};
	if (proof->kind != SG_FACT_OUTPUT || proof->files.n == 0)
		return SG_OK;
	ret->since = proof->since;
	return sg_evidence_misses(dir, run, &proof->files.v[0], &cache->demands, arena,
		&ret->misses, &ret->fresh);
}

enum sg_rc sg_evidence_facts(int dir, const struct sg_run *run, struct sg_evidence_cache *cache,
	struct sg_arena *arena, struct sg_facts *ret, struct sg_err *err)
{
	struct sg_evidence_cache *own = cache ? NULL : sg_evidence_cache_new();
	struct sg_fact *facts = sg_arena_array(arena, run->proofs.n + 1, sizeof(*facts));

	enum sg_rc rc = facts && (cache || own) ? SG_OK : SG_NOMEM;

	for (size_t i = 0; rc == SG_OK && i < run->proofs.n; i++)
		rc = fact_of(
			dir, run, &run->proofs.v[i], cache ? cache : own, arena, &facts[i]);
	sg_evidence_cache_free(own);
	if (rc < 0)
		return sg_err_set(err, rc, "cannot look at the evidence: out of memory");
	*ret = (struct sg_facts){facts, run->proofs.n};
	return SG_OK;
}
