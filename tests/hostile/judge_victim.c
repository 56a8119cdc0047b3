/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The operator's other process, which everybody attacks, and sockets on which nobody may call. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hostile/judge.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

#define SECRET_FD 100
#define WRITE_FD  101
#define SHARED_FD 102

/* --- the victim --- */

/* In memory that judge and victim share: what the victim says of itself. */
struct shared {
	volatile long canary; /* its address */
	volatile int signals;
	volatile int canary_changed;
	volatile int ready;
};

static struct {
	struct shared *shared;
	char program[PATH_SIZE];
	char secret[64];
	pid_t pid;
	int signals;
} victim;

/* The canary, and behind it the secret. */
static char canary[128] = "untouched";

static struct shared *own_shared;

static void on_signal(int number)
{
	(void)number;
	own_shared->signals++;
}

int victim_main(const char *shared_fd)
{
	const char *secret = getenv("HOSTILE_SECRET");
	own_shared = mmap(NULL, sizeof(*own_shared), PROT_READ | PROT_WRITE, MAP_SHARED,
		atoi(shared_fd), 0);
	if (own_shared == MAP_FAILED)
		return 1;
	(void)setpgid(0, 0);
	for (int sig = 1; sig < 32; sig++)
		if (sig != SIGCHLD)
			(void)signal(sig, on_signal);
	(void)snprintf(canary + 64, sizeof(canary) - 64, "%s", secret ? secret : "");
	own_shared->canary = (long)(uintptr_t)canary;
	own_shared->ready = 1;
	const pid_t parent = getppid();
	while (getppid() == parent) {
		const struct timespec t = {0, 2000000};
		(void)nanosleep(&t, NULL);
		if (memcmp(canary, "untouched", 9) != 0) {
			own_shared->canary_changed++;
			memcpy(canary, "untouched", 9);
		}
	}
	return 0;
}

static _Noreturn void become_victim(const struct room *room, int shared_fd)
{
	char known[96];
	char number[16];
	char self[] = "hostile";
	char mode[] = "--victim";
	(void)snprintf(known, sizeof(known), "HOSTILE_SECRET=%s", victim.secret);
	(void)snprintf(number, sizeof(number), "%d", SHARED_FD);
	char *const argv[] = {self, mode, number, NULL};
	char *const env[] = {known, NULL};
	(void)dup2(shared_fd, SHARED_FD);
	(void)dup2(open(path_of("%s/inherited", room->home), O_RDONLY), SECRET_FD);
	(void)dup2(open(path_of("%s/held", room->outside), O_RDWR), WRITE_FD);
	(void)close_range(3, SECRET_FD - 1, 0);
	if (chdir(room->outside) == 0)
		(void)execve(victim.program, argv, env);
	_exit(127);
}

static bool start(struct room *room)
{
	static int shared_fd = -1;
	if (shared_fd < 0) {
		shared_fd = memfd_create("victim", MFD_CLOEXEC);
		if (shared_fd < 0 || ftruncate(shared_fd, sizeof(*victim.shared)) < 0)
			return false;
		victim.shared = mmap(NULL, sizeof(*victim.shared), PROT_READ | PROT_WRITE,
			MAP_SHARED, shared_fd, 0);
	}
	memset((void *)(uintptr_t)victim.shared, 0, sizeof(*victim.shared));
	victim.signals = 0;
	victim.pid = fork();
	if (victim.pid == 0)
		become_victim(room, shared_fd);
	for (int ms = 0; ms < 3000 && !victim.shared->ready; ms++) {
		const struct timespec t = {0, 1000000};
		(void)nanosleep(&t, NULL);
	}
	room->victim = victim.pid;
	room->canary = victim.shared->canary;
	room->secret_fd = SECRET_FD;
	room->write_fd = WRITE_FD;
	return victim.shared->ready;
}

bool victim_start(struct room *room, const char *program, const char *secret)
{
	(void)snprintf(victim.program, sizeof(victim.program), "%s", program);
	(void)snprintf(victim.secret, sizeof(victim.secret), "%s", secret);
	return start(room);
}

void victim_stop(void)
{
	(void)kill(victim.pid, SIGKILL);
	/* one that is traced is its tracer's to wait for, and that waits for us */
	for (int ms = 0; ms < 20 && waitpid(victim.pid, NULL, WNOHANG) == 0; ms++) {
		const struct timespec t = {0, 1000000};
		(void)nanosleep(&t, NULL);
	}
}

static long oom_of(pid_t pid)
{
	int fd = open(path_of("/proc/%ld/oom_score_adj", (long)pid), O_RDONLY | O_CLOEXEC);
	char bytes[32] = "0";
	ssize_t n = fd < 0 ? 0 : read(fd, bytes, sizeof(bytes) - 1);
	if (fd >= 0)
		(void)close(fd);
	bytes[n > 0 ? n : 1] = '\0';
	return strtol(bytes, NULL, 10);
}

static unsigned long filter_of(pid_t pid)
{
	char bytes[32] = "0";
	int fd = open(path_of("/proc/%ld/coredump_filter", (long)pid), O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, bytes, sizeof(bytes) - 1);
	if (fd >= 0)
		(void)close(fd);
	bytes[n > 0 ? n : 1] = '\0';
	return strtoul(bytes, NULL, 16);
}

/* What an ordinary process has that nobody has touched: the judge's own, from which it came. */
static void judge_settings(struct column *c, int id)
{
	struct rlimit limit;
	struct rlimit right;
	cpu_set_t set;
	cpu_set_t own;
	const pid_t pid = victim.pid;
	(void)sched_getaffinity(0, sizeof(own), &own);
	if (sched_getaffinity(pid, sizeof(set), &set) == 0 && !CPU_EQUAL(&set, &own))
		found(c, id, "another's processors");
	if (sched_getscheduler(pid) != SCHED_OTHER)
		found(c, id, "another's scheduling");
	if (getpriority(PRIO_PROCESS, (id_t)pid) != getpriority(PRIO_PROCESS, 0))
		found(c, id, "another's priority");
	if (syscall(SYS_ioprio_get, 1, pid) != syscall(SYS_ioprio_get, 1, 0))
		found(c, id, "another's i/o priority");
	static const enum __rlimit_resource kinds[] = {RLIMIT_FSIZE, RLIMIT_NOFILE};
	for (int i = 0; i < 2; i++)
		if (getrlimit(kinds[i], &right) == 0 &&
			prlimit(pid, kinds[i], NULL, &limit) == 0 &&
			limit.rlim_cur != right.rlim_cur)
			found(c, id, "another's limits");
	if (oom_of(pid) != oom_of(getpid()))
		found(c, id, "another's oom_score_adj");
	if (filter_of(pid) != filter_of(getpid()))
		found(c, id, "another's coredump_filter");
}

void victim_judge(struct room *room, struct column *c, int id)
{
	const bool before = *c->reason[id] != '\0';
	char state = process_state(victim.pid);
	/* its own nap is 2 ms: then it has looked at its canary */
	const struct timespec t = {0, 3000000};
	(void)nanosleep(&t, NULL);
	if (state == 0 || state == 'Z')
		found(c, id, "another was killed");
	else if (state == 'T' || state == 't')
		found(c, id, "another was stopped");
	if (process_field(victim.pid, "TracerPid") > 0)
		found(c, id, "another is traced");
	if (victim.shared->signals != victim.signals)
		found(c, id, "another got a signal");
	if (victim.shared->canary_changed)
		found(c, id, "another's memory");
	if (state && state != 'Z')
		judge_settings(c, id);
	victim.signals = victim.shared->signals;
	victim.shared->canary_changed = 0;
	if (before || !*c->reason[id])
		return;
	/* a new one, of which the next try reads in the room */
	victim_stop();
	(void)start(room);
	(void)room_write(room, path_of("%s/room", room->repo));
}

/* --- listeners --- */

#define LISTENERS_MAX 16

static struct {
	struct pollfd v[LISTENERS_MAX];
	const char *name[LISTENERS_MAX];
	bool stream[LISTENERS_MAX];
	size_t n;
} listeners;

static long add(int fd, const char *name, bool stream, const void *at, size_t at_size)
{
	struct sockaddr_storage bound;
	socklen_t size = sizeof(bound);
	const int queue = 5;
	if (fd < 0 || bind(fd, at, (socklen_t)at_size) < 0 || (stream && listen(fd, 8) < 0)) {
		if (fd >= 0)
			(void)close(fd);
		return 0;
	}
	if (stream)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN, &queue, sizeof(queue));
	listeners.v[listeners.n] = (struct pollfd){fd, POLLIN, 0};
	listeners.name[listeners.n] = name;
	listeners.stream[listeners.n++] = stream;
	memset(&bound, 0, sizeof(bound));
	(void)getsockname(fd, (struct sockaddr *)&bound, &size);
	if (bound.ss_family == AF_INET)
		return ntohs(((struct sockaddr_in *)&bound)->sin_port);
	if (bound.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&bound)->sin6_port);
	if (bound.ss_family == AF_NETLINK)
		return (long)((struct sockaddr_nl *)&bound)->nl_pid;
	return 1;
}

static void add_named(const char *path, int type, const char *name)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%.100s", path);
	(void)add(socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), name,
		type != SOCK_DGRAM, &at, sizeof(at));
}

static void add_abstract(const struct room *room, int type, const char *name)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	const size_t size = offsetof(struct sockaddr_un, sun_path) + 1 +
			    (size_t)snprintf(at.sun_path + 1, sizeof(at.sun_path) - 1,
				    "%.60s.%s", room->tag, name);
	(void)add(socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), name,
		type != SOCK_DGRAM, &at, size);
}

bool listeners_start(struct room *room)
{
	struct sockaddr_in at4 = {.sin_family = AF_INET};
	struct sockaddr_in6 at6 = {.sin6_family = AF_INET6};
	const struct sockaddr_nl at_netlink = {.nl_family = AF_NETLINK};
	const int flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
	at4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	at6.sin6_addr = in6addr_loopback;
	listeners.n = 0;
	room->tcp4 = add(socket(AF_INET, SOCK_STREAM | flags, 0), "TCP", true, &at4, sizeof(at4));
	room->tcp6 = add(
		socket(AF_INET6, SOCK_STREAM | flags, 0), "TCP, IPv6", true, &at6, sizeof(at6));
	room->mptcp = add(socket(AF_INET, SOCK_STREAM | flags, IPPROTO_MPTCP), "MPTCP", true,
		&at4, sizeof(at4));
	room->udp4 = add(socket(AF_INET, SOCK_DGRAM | flags, 0), "UDP", false, &at4, sizeof(at4));
	room->udp6 = add(
		socket(AF_INET6, SOCK_DGRAM | flags, 0), "UDP, IPv6", false, &at6, sizeof(at6));
	room->netlink = add(socket(AF_NETLINK, SOCK_RAW | flags, NETLINK_USERSOCK), "netlink",
		false, &at_netlink, sizeof(at_netlink));
	add_named(path_of("%s/agent.sock", room->home), SOCK_STREAM, "the agent");
	add_named(path_of("%s/datagram.sock", room->home), SOCK_DGRAM, "the datagram socket");
	add_named(path_of("%s/packets.sock", room->home), SOCK_SEQPACKET, "the packet socket");
	add_named(path_of("%s/run.sock", room->repo), SOCK_STREAM, "the repository's socket");
	add_abstract(room, SOCK_STREAM, "stream");
	add_abstract(room, SOCK_DGRAM, "datagram");
	/* a port that is free now, for the child to listen on */
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof(at4);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&at4, sizeof(at4)) == 0 &&
		getsockname(fd, (struct sockaddr *)&at4, &size) == 0)
		room->listen = ntohs(at4.sin_port);
	(void)close(fd);
	return room->tcp4 && room->udp4 && room->listen;
}

void listeners_stop(const struct room *room)
{
	(void)room;
	for (size_t i = 0; i < listeners.n; i++)
		(void)close(listeners.v[i].fd);
	listeners.n = 0;
}

/* The child listens: whoever outside can call it has a way in. */
static void call_child(const struct room *room, struct column *c, int id)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)room->listen)};
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	const size_t size = offsetof(struct sockaddr_un, sun_path) + 1 +
			    (size_t)snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1,
				    "%.60s.child", room->tag);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int local = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (tcp >= 0 && connect(tcp, (struct sockaddr *)&to, sizeof(to)) == 0)
		found(c, id, "it can be reached on TCP");
	if (local >= 0 && connect(local, (struct sockaddr *)&name, (socklen_t)size) == 0)
		found(c, id, "it can be reached on an abstract name");
	(void)close(tcp);
	(void)close(local);
}

void listeners_judge(const struct room *room, struct column *c, int id)
{
	char bytes[256];
	call_child(room, c, id);
	while (poll(listeners.v, listeners.n, 0) > 0)
		for (size_t i = 0; i < listeners.n; i++) {
			if (!(listeners.v[i].revents & POLLIN))
				continue;
			found(c, id, "%s was called", listeners.name[i]);
			if (listeners.stream[i])
				(void)close(accept(listeners.v[i].fd, NULL, NULL));
			else
				(void)recv(listeners.v[i].fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		}
}
