/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * proof [-s STRIDE] [-j WORKERS] [-r SEED] [-o WORKLOAD] [-l] [-v] [-x] PART...
 *
 * One line sums each part up; a violation has a line before it, at most ten a part. Exit status:
 * 0 all held, 1 one did not, 2 it could not be tried.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fault/fault.h"
#include "harness/harness.h"
#include "proof.h"

struct proof_options proof_options = {.stride = 1, .workers = 2, .seed = 1};
FILE *proof_out;
char proof_root[256];

static pid_t first_process;
static pid_t workers[64];
static unsigned n_workers;

void proof_die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)fprintf(proof_out ? proof_out : stderr, "proof: ");
	(void)vfprintf(proof_out ? proof_out : stderr, format, args);
	(void)fprintf(proof_out ? proof_out : stderr, "\n");
	va_end(args);
	if (proof_out)
		(void)fflush(proof_out);
	if (getpid() == first_process)
		exit(2);
	_exit(2);
}

void *proof_alloc(size_t n_bytes)
{
	void *bytes = calloc(1, n_bytes ? n_bytes : 1);

	if (!bytes)
		proof_die("out of memory");
	return bytes;
}

int64_t proof_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void *proof_shared_bytes(size_t n_bytes)
{
	void *bytes = mmap(
		NULL, n_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (bytes == MAP_FAILED)
		proof_die("no shared memory");
	return bytes;
}

void proof_share_out(void (*work)(unsigned worker, struct proof_counts *counts),
	struct proof_counts *ret_sum)
{
	const unsigned n = proof_options.workers;
	struct proof_counts *counts = proof_shared_bytes(n * sizeof(*counts));

	(void)fflush(proof_out);
	n_workers = n;
	for (unsigned i = 0; i < n; i++) {
		workers[i] = fork();
		if (workers[i] < 0)
			proof_die("no process");
		if (workers[i] > 0)
			continue;
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		proof_shared = proof_shared_bytes(sizeof(*proof_shared));
		work(i, &counts[i]);
		(void)fflush(proof_out);
		_exit(0);
	}
	memset(ret_sum, 0, sizeof(*ret_sum));
	for (unsigned i = 0; i < n; i++) {
		int status = 0;
		while (waitpid(workers[i], &status, 0) < 0 && errno == EINTR)
			;
		if (status != 0)
			proof_die("worker %u ended with status %x", i, (unsigned)status);
		workers[i] = 0;
		for (size_t k = 0; k < PROOF_COUNTS; k++)
			ret_sum->v[k] += counts[i].v[k];
	}
	munmap(counts, n * sizeof(*counts));
}

/* The first process tidies up; the workers end with it. */
static void on_found(int sig)
{
	(void)sig;
	if (getpid() != first_process)
		return;
	for (unsigned i = 0; i < n_workers; i++)
		if (workers[i] > 0) {
			kill(workers[i], SIGKILL);
			(void)waitpid(workers[i], NULL, 0);
		}
	exit(1);
}

void proof_found(void)
{
	(void)fflush(proof_out);
	if (!proof_options.first_only)
		return;
	kill(getppid(), SIGUSR1);
	for (;;)
		pause();
}

/* Killing takes nothing from the cache, and a lost sync is simulated: memory will do. */
static const char *place(void)
{
	static const char memory[] = "/dev/shm";
	const char *tmp = getenv("TMPDIR");
	struct statvfs fs;

	if (statvfs(memory, &fs) == 0 && access(memory, W_OK) == 0 && !(fs.f_flag & ST_RDONLY) &&
		(uint64_t)fs.f_bavail * fs.f_frsize > (uint64_t)256 << 20)
		return memory;
	return tmp && *tmp ? tmp : "/tmp";
}

static void clean(void)
{
	if (getpid() == first_process)
		sg_t_rmtree(proof_root);
}

static void ended(int sig)
{
	if (getpid() != first_process)
		_exit(128 + sig);
	exit(128 + sig);
}

/* What the program prints while it is tried is of no interest. */
static void silence(void)
{
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	proof_out = fdopen(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10), "w");
	if (null < 0 || !proof_out)
		exit(2);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	if (!proof_options.verbose)
		dup2(null, STDERR_FILENO);
	close(null);
}

static void set_up(void)
{
	static const char *const unwanted[] = {"STEPGATE_MANIFEST", "GIT_DIR", "GIT_WORK_TREE",
		"GIT_INDEX_FILE", "LANG", "LANGUAGE"};

	first_process = getpid();
	silence();
	(void)snprintf(proof_root, sizeof(proof_root), "%s/stepgate-proof.XXXXXX", place());
	if (!mkdtemp(proof_root))
		proof_die("no folder below %s", place());
	if (atexit(clean) != 0)
		proof_die("atexit");
	(void)signal(SIGINT, ended);
	(void)signal(SIGTERM, ended);
	(void)signal(SIGHUP, ended);
	(void)signal(SIGUSR1, on_found);
	for (size_t i = 0; i < sizeof(unwanted) / sizeof(unwanted[0]); i++)
		unsetenv(unwanted[i]);
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("TMPDIR", proof_root, 1);
	setenv("HOME", proof_root, 1);
	proof_shared = proof_shared_bytes(sizeof(*proof_shared));
	fault_skip_syncs();
}

static unsigned run_part(const char *part)
{
	static const struct {
		const char *name;
		unsigned (*run)(void);
	} parts[] = {{"fault", proof_fault}, {"memory", proof_memory}, {"crash", proof_crash},
		{"storm", proof_storm}, {"flip", proof_flip}};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strcmp(parts[i].name, part) == 0)
			return parts[i].run();
	proof_die("there is no part %s", part);
}

static unsigned number(const char *text)
{
	const unsigned long n = strtoul(text, NULL, 10);

	if (n == 0 || n > 1000000000)
		proof_die("%s is no number that will do", text);
	return (unsigned)n;
}

int main(int argc, char **argv)
{
	unsigned violations = 0;
	int option;

	while ((option = getopt(argc, argv, "s:j:r:o:lvx")) >= 0) {
		switch (option) {
		case 's': proof_options.stride = number(optarg); break;
		case 'j': proof_options.workers = number(optarg); break;
		case 'r': proof_options.seed = number(optarg); break;
		case 'o': proof_options.only = optarg; break;
		case 'l': proof_options.long_run = true; break;
		case 'x': proof_options.first_only = true; break;
		case 'v': proof_options.verbose = true; break;
		default: return 2;
		}
	}
	if (optind >= argc || proof_options.workers > 64)
		return 2;
	set_up();
	for (int i = optind; i < argc; i++) {
		violations += run_part(argv[i]);
		(void)fflush(proof_out);
	}
	return violations > 0;
}
