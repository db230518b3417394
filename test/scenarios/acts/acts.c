/* SPDX-License-Identifier: Apache-2.0
 *
 *   acts NAME ARG...   does one act: prints `ok` (exit 0), the errno's name (exit 1) or the trouble (exit 2)
 *   acts batch FILE|-  does one act a line, `ID<TAB>NAME<TAB>ARG...`, each in a process of its own, and prints one
 *                      JSON line each. With `-` the lines are read as they come, so that a driver can steer.
 */
#define _GNU_SOURCE
#include "acts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_ARGS 48 /* a container runtime takes many words */

struct outcome *outcome;

static const struct act *const tables[] = {
	net_acts,	listen_acts, uring_acts, exec_acts,	file_acts,	guard_acts,
	bpf_acts,	scope_acts,  root_acts,	 unix_acts,	attribute_acts, door_acts,
	container_acts, compat_acts, load_acts,	 rootless_acts, place_acts,
};

int trouble_text(const char *what)
{
	snprintf(outcome->note, sizeof(outcome->note), "%s", what);
	return TROUBLE;
}

int trouble(const char *what)
{
	const char *name = strerrorname_np(errno);

	snprintf(outcome->note, sizeof(outcome->note), "%s: %s", what, name ? name : "?");
	return TROUBLE;
}

int answer(long result)
{
	return result < 0 ? errno : 0;
}

void take_part(void)
{
	int at = __atomic_fetch_add(&outcome->npids, 1, __ATOMIC_SEQ_CST);

	if (at < MAX_PIDS)
		outcome->pids[at] = getpid();
}

long number(const char *text)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || end == text || *end) {
		fprintf(stderr, "acts: not a number: %s\n", text);
		_exit(2);
	}
	return value;
}

int run_act(int argc, char **argv)
{
	for (size_t t = 0; t < sizeof(tables) / sizeof(*tables); t++) {
		for (const struct act *act = tables[t]; act->name; act++) {
			if (strcmp(act->name, argv[0]) != 0)
				continue;
			if (argc - 1 < act->args)
				return trouble_text("too few arguments");
			return act->run(argc, argv);
		}
	}
	return trouble_text("no such act");
}

int wait_result(int pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return trouble("waitpid");
	}
	if (outcome->result != UNSET)
		return outcome->result;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFSIGNALED(status))
		snprintf(outcome->note, sizeof(outcome->note), "%s",
			 WTERMSIG(status) == SIGALRM ? "timeout" : strsignal(WTERMSIG(status)));
	else if (!outcome->note[0])
		snprintf(outcome->note, sizeof(outcome->note), "exit status %d", WEXITSTATUS(status));
	return TROUBLE;
}

static const char *result_name(int result)
{
	const char *name;

	if (result == 0)
		return "ok";
	if (result < 0)
		return "trouble";
	name = strerrorname_np(result);
	return name ? name : "E?";
}

static void print_json(int out, const char *id, int result)
{
	char line[1024];
	int at;

	for (char *c = outcome->note; *c; c++) {
		if (*c == '"' || *c == '\\' || (unsigned char)*c < ' ')
			*c = ' ';
	}
	at = snprintf(line, sizeof(line), "{\"act\":\"%s\",\"result\":\"%s\",\"note\":\"%s\",\"pids\":[", id,
		      result_name(result), outcome->note);
	for (int i = 0; i < outcome->npids && i < MAX_PIDS; i++)
		at += snprintf(line + at, sizeof(line) - at, "%s%d", i ? "," : "", outcome->pids[i]);
	at += snprintf(line + at, sizeof(line) - at, "]}\n");
	if (write(out, line, at) != at)
		_exit(2);
}

static int run_line(int out, char *line)
{
	char *argv[MAX_ARGS + 1];
	int argc = 0, pid;

	for (char *word = strsep(&line, "\t"); word && argc < MAX_ARGS; word = strsep(&line, "\t"))
		argv[argc++] = word;
	argv[argc] = NULL;
	memset(outcome, 0, sizeof(*outcome));
	outcome->result = UNSET;
	if (argc < 2) {
		trouble_text("a line needs an id and an act");
		print_json(out, argc ? argv[0] : "", TROUBLE);
		return 0;
	}
	pid = fork();
	if (pid < 0)
		return 2;
	if (pid == 0) {
		take_part();
		alarm(ACT_SECONDS);
		outcome->result = run_act(argc - 1, argv + 1);
		_exit(0);
	}
	print_json(out, argv[0], wait_result(pid));
	return 0;
}

/* Standard output carries the JSON lines alone: what acts run prints goes to standard error. */
static int batch(const char *path)
{
	FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	int out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 100);
	char *line = NULL;
	size_t size = 0;
	ssize_t length;

	if (!in || out < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
		perror("acts: batch");
		return 2;
	}
	/* Unbuffered, so that an act's process never sees, or rewinds, lines read ahead. */
	setvbuf(in, NULL, _IONBF, 0);
	while ((length = getline(&line, &size, in)) > 0) {
		if (line[length - 1] == '\n')
			line[length - 1] = '\0';
		if (line[0] && run_line(out, line)) {
			perror("acts: fork");
			return 2;
		}
	}
	free(line);
	return 0;
}

int main(int argc, char **argv)
{
	const char *given = getenv(OUTCOME_VARIABLE);
	int result;

	outcome = mmap(NULL, sizeof(*outcome), PROT_READ | PROT_WRITE, MAP_SHARED | (given ? 0 : MAP_ANONYMOUS),
		       given ? (int)number(given) : -1, 0);
	if (outcome == MAP_FAILED) {
		perror("acts: mmap");
		return 2;
	}
	if (argc == 3 && strcmp(argv[1], "batch") == 0)
		return batch(argv[2]);
	if (argc < 2) {
		fprintf(stderr, "usage: acts NAME ARG... | acts batch FILE|-\n");
		return 2;
	}
	outcome->result = UNSET;
	take_part();
	result = run_act(argc - 1, argv + 1);
	outcome->result = result;
	if (result < 0) {
		fprintf(stderr, "acts: %s\n", outcome->note);
		return 2;
	}
	puts(result_name(result));
	return result ? 1 : 0;
}
