/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/bench: a longer wire to any TCP server.
 * Every byte arrives DELAY ms after it was sent, in each direction, at whatever rate it was sent: the wire has no
 * bandwidth of its own.
 *
 *	farwire PORT SERVER-ADDRESS SERVER-PORT DELAY      listens on 127.0.0.1; runs until it is killed
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ON_WAY (32u << 20) /* bytes on the wire; past that it takes no more */
#define PIECE  (256u << 10)
#define PIECES 65536

struct piece {
	int64_t due; /* ns */
	size_t n;    /* 0: the end */
};

/* One direction of one connection: a thread puts pieces on the wire, another takes them off when they are due. */
struct way {
	int from, to;
	pthread_mutex_t lock;
	pthread_cond_t moved;
	struct piece piece[PIECES];
	unsigned first, next; /* of the pieces on the wire, and behind them */
	uint64_t out, in;     /* bytes taken off, put on */
	char *bytes;
};

static int64_t delay_ns;

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static void sleep_until(int64_t ns)
{
	struct timespec t = { ns / 1000000000, ns % 1000000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

/* Room in the ring, as long as it goes on without a break. */
static size_t wait_for_room(struct way *w)
{
	size_t at = (size_t)(w->in % ON_WAY), n;

	pthread_mutex_lock(&w->lock);
	while (w->in - w->out == ON_WAY || w->next - w->first == PIECES)
		pthread_cond_wait(&w->moved, &w->lock);
	n = ON_WAY - (size_t)(w->in - w->out);
	pthread_mutex_unlock(&w->lock);
	if (n > ON_WAY - at)
		n = ON_WAY - at;
	return n < PIECE ? n : PIECE;
}

static void *enter(void *arg)
{
	struct way *w = arg;
	ssize_t n;

	do {
		size_t room = wait_for_room(w);

		n = read(w->from, w->bytes + w->in % ON_WAY, room);
		if (n < 0)
			n = 0;
		pthread_mutex_lock(&w->lock);
		w->piece[w->next++ % PIECES] = (struct piece){ now_ns() + delay_ns, (size_t)n };
		w->in += (size_t)n;
		pthread_cond_broadcast(&w->moved);
		pthread_mutex_unlock(&w->lock);
	} while (n > 0);
	return NULL;
}

static struct piece wait_for_piece(struct way *w)
{
	struct piece p;

	pthread_mutex_lock(&w->lock);
	while (w->first == w->next)
		pthread_cond_wait(&w->moved, &w->lock);
	p = w->piece[w->first % PIECES];
	pthread_mutex_unlock(&w->lock);
	return p;
}

static void *leave(void *arg)
{
	struct way *w = arg;
	struct piece p;

	while ((p = wait_for_piece(w)).n) {
		const char *at = w->bytes + w->out % ON_WAY;
		size_t done = 0;
		ssize_t n = 1;

		sleep_until(p.due);
		while (done < p.n && n > 0) {
			n = write(w->to, at + done, p.n - done);
			done += n > 0 ? (size_t)n : 0;
		}
		if (n <= 0)
			break;
		pthread_mutex_lock(&w->lock);
		w->out += p.n;
		w->first++;
		pthread_cond_broadcast(&w->moved);
		pthread_mutex_unlock(&w->lock);
	}
	if (!p.n)
		sleep_until(p.due);
	(void)shutdown(w->to, SHUT_WR);
	(void)shutdown(w->from, SHUT_RD);
	return NULL;
}

static int begin_way(int from, int to)
{
	struct way *w = calloc(1, sizeof(*w));
	pthread_t a, b;

	if (w)
		w->bytes = malloc(ON_WAY);
	if (!w || !w->bytes) {
		free(w);
		return -1;
	}
	w->from = from;
	w->to = to;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->moved, NULL);
	if (pthread_create(&a, NULL, enter, w) == 0 && pthread_create(&b, NULL, leave, w) == 0)
		return 0;
	perror("farwire");
	exit(1);
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) }, server = at;
	int one = 1, fd;

	if (argc != 5 || inet_pton(AF_INET, argv[2], &server.sin_addr) != 1) {
		fputs("usage: farwire PORT SERVER-ADDRESS SERVER-PORT DELAY-MS\n", stderr);
		return 2;
	}
	at.sin_port = htons((uint16_t)atoi(argv[1]));
	server.sin_port = htons((uint16_t)atoi(argv[3]));
	delay_ns = (int64_t)(strtod(argv[4], NULL) * 1e6);
	signal(SIGPIPE, SIG_IGN);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 8)) {
		perror("farwire");
		return 1;
	}
	for (;;) {
		int near = accept4(fd, NULL, NULL, SOCK_CLOEXEC), far = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (near < 0 || connect(far, (struct sockaddr *)&server, sizeof(server))) {
			close(near);
			close(far);
			continue;
		}
		setsockopt(near, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		setsockopt(far, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		if (begin_way(near, far) || begin_way(far, near))
			return 1;
	}
}
