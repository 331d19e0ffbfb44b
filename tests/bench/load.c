/* A load generator for measurements: a closed loop of calls over a fixed number of connections.

   usage: load -u http://127.0.0.1:PORT/PATH -b FILE [-H 'name: value']... -c CONNECTIONS -n CALLS -d SECONDS [-E CHUNKS]

   Every connection posts the body, reads the whole answer, and begins again, until CALLS were begun or SECONDS
   have passed. With -E the answer must be a stream of exactly that many chunks " tokNNNNN" in order, with its
   end mark; else a whole answer that holds "usage". Prints one JSON object. Refuses any address but
   127.0.0.0/8, gives up after 100 errors, and ends itself 90 seconds after SECONDS at the latest. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_ERRORS = 100, PATIENCE = 90, CARRY = 15, MOST_EVENTS = 1024, READ = 262144 };
enum part { HEAD, LENGTH, SIZE, DATA, AFTER_DATA, TRAILER };

typedef struct {
    int fd;
    bool busy, awaits_room;
    int64_t began;
    size_t sent;
    enum part part;
    char head[8192], carry[CARRY];
    size_t head_used, carried, left, trailer;
    int status, chunks;
    bool disordered, marked;
} conn;

static struct sockaddr_in address;
static int epoll, connections = 1, expected = -1;
static char *request;
static size_t request_size;
static long most = 1000000, begun, done, failed, chunks, bytes;
static double seconds = 5;
static int64_t deadline, last;
static float *latencies;
static long latencies_room;
static char first_error[160];

static int64_t now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void *grown(void *old, size_t size) {
    void *memory = realloc(old, size);
    if (!memory) exit(3);
    return memory;
}

static void await_room(conn *c, bool wanted) {
    if (c->awaits_room == wanted) return;
    c->awaits_room = wanted;
    struct epoll_event event = {.events = EPOLLIN | (wanted ? EPOLLOUT : 0), .data.ptr = c};
    epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event);
}

static void dial(conn *c) {
    int one = 1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (c->fd < 0 || (connect(c->fd, (void *)&address, sizeof address) && errno != EINPROGRESS)) {
        perror("load: connect");
        exit(1);
    }
    c->awaits_room = true;
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = c};
    epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event);
}

static void send_more(conn *c) {
    while (c->sent < request_size) {
        ssize_t n = send(c->fd, request + c->sent, request_size - c->sent, MSG_NOSIGNAL);
        if (n < 0) break; /* full, not connected yet, or broken: epoll will tell */
        c->sent += (size_t)n;
    }
    await_room(c, c->sent < request_size);
}

static void begin(conn *c) {
    int64_t now = now_us();
    c->busy = now < deadline && begun < most && failed < MOST_ERRORS;
    if (!c->busy) return;
    begun++;
    c->began = now;
    c->sent = c->head_used = c->carried = c->left = 0;
    c->part = HEAD;
    c->status = c->chunks = 0;
    c->disordered = c->marked = false;
    if (c->fd < 0) dial(c);
    send_more(c);
}

static void note_latency(int64_t us) {
    if (done == latencies_room) {
        latencies_room = latencies_room ? latencies_room * 2 : 4096;
        latencies = grown(latencies, (size_t)latencies_room * sizeof *latencies);
    }
    latencies[done++] = (float)us;
}

static void finish(conn *c, bool whole) {
    bool right = whole && c->status == 200 && c->marked && !c->disordered;
    if (expected >= 0 && c->chunks != expected) right = false;
    last = now_us();
    chunks += c->chunks;
    if (right) note_latency(last - c->began);
    else {
        failed++;
        if (!*first_error)
            snprintf(first_error, sizeof first_error, "status %d, %s, %d chunks%s%s", c->status,
                     whole ? "whole" : "cut off", c->chunks, c->disordered ? ", out of order" : "",
                     c->marked ? "" : ", without its end mark");
    }
    if (!right) { /* whatever is left on this connection belongs to a broken answer */
        close(c->fd);
        c->fd = -1;
    }
    begin(c);
}

/* Look for chunks and for the end mark, also where they lie across two reads. */
static void scan(conn *c, const char *data, size_t size) {
    static char joined[READ + CARRY];
    memcpy(joined, c->carry, c->carried);
    memcpy(joined + c->carried, data, size);
    const char *at = joined, *end = joined + c->carried + size, *found;
    if (expected < 0) c->marked |= memmem(at, (size_t)(end - at), "\"usage\"", 7) != NULL;
    else
        c->marked |= memmem(at, (size_t)(end - at), "[DONE]", 6) || memmem(at, (size_t)(end - at), "message_stop", 12);
    while (expected >= 0 && (found = memmem(at, (size_t)(end - at), " tok", 4)) && end - found >= 9) {
        c->disordered |= atoi((char[6]){found[4], found[5], found[6], found[7], found[8], 0}) != c->chunks;
        c->chunks++;
        at = found + 9;
    }
    c->carried = (size_t)(end - at) < CARRY ? (size_t)(end - at) : CARRY;
    memcpy(c->carry, end - c->carried, c->carried);
}

static size_t read_head(conn *c, const char *data, size_t size) {
    size_t room = sizeof c->head - 1 - c->head_used, before = c->head_used, n = size < room ? size : room;
    memcpy(c->head + before, data, n);
    c->head_used += n;
    c->head[c->head_used] = 0;
    char *end = memmem(c->head, c->head_used, "\r\n\r\n", 4);
    if (!end) return c->head_used < sizeof c->head - 1 ? n : 0;
    *end = 0;
    c->status = atoi(c->head + 9);
    const char *length = strcasestr(c->head, "\r\ncontent-length:");
    c->left = length ? strtoul(length + 17, NULL, 10) : 0;
    c->part = length ? LENGTH : SIZE;
    return (size_t)(end + 4 - c->head) - before;
}

static size_t read_size(conn *c, char ch) {
    if (ch == '\n') {
        c->part = c->left ? DATA : TRAILER;
        c->trailer = 0;
    } else if (ch != '\r') c->left = c->left * 16 + (size_t)(ch <= '9' ? ch - '0' : (ch | 32) - 'a' + 10);
    return 1;
}

static size_t read_body(conn *c, const char *data, size_t size) {
    size_t n = size < c->left ? size : c->left;
    scan(c, data, n);
    bytes += (long)n;
    c->left -= n;
    if (!c->left && c->part == DATA) c->part = AFTER_DATA;
    return n;
}

static size_t read_line_end(conn *c, char ch) {
    if (ch == '\n' && c->part == AFTER_DATA) c->part = SIZE;
    else if (ch == '\n') c->trailer = c->trailer ? 0 : SIZE_MAX; /* an empty line: the end */
    else if (ch != '\r' && c->part == TRAILER) c->trailer++;
    return 1;
}

/* 1 where the answer is whole, 0 where more is to come, -1 where it cannot be understood. */
static int read_answer(conn *c, const char *data, size_t size) {
    while (size) {
        size_t n = c->part == HEAD ? read_head(c, data, size)
                   : c->part == SIZE ? read_size(c, *data)
                   : c->part == LENGTH || c->part == DATA ? read_body(c, data, size)
                                                          : read_line_end(c, *data);
        if (!n) return -1;
        data += n, size -= n;
        if ((c->part == LENGTH && !c->left) || (c->part == TRAILER && c->trailer == SIZE_MAX)) return 1;
    }
    return 0;
}

static void receive(conn *c) {
    static char data[READ];
    ssize_t n = recv(c->fd, data, sizeof data, 0);
    if (n < 0 && errno == EAGAIN) return;
    if (!c->busy) {
        close(c->fd);
        c->fd = -1;
        return;
    }
    int state = n > 0 ? read_answer(c, data, (size_t)n) : -1;
    if (state) finish(c, state > 0);
}

static void aim(char *url) {
    char host[64];
    unsigned port;
    int path = 0;
    if (sscanf(url, "http://%63[0-9.]:%u%n", host, &port, &path) != 2 || url[path] != '/' ||
        inet_pton(AF_INET, host, &address.sin_addr) != 1 || ntohl(address.sin_addr.s_addr) >> 24 != 127) {
        fprintf(stderr, "load: -u must be http://127.0.0.1:PORT/PATH\n");
        exit(2);
    }
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)port);
}

static void compose(const char *url, const char *file, const char *headers) {
    FILE *body = fopen(file, "rb");
    if (!body) {
        perror(file);
        exit(2);
    }
    fseek(body, 0, SEEK_END);
    size_t size = (size_t)ftell(body);
    rewind(body);
    request = grown(NULL, size + 8192);
    int head = snprintf(request, 8192,
                        "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%sContent-Type: application/json\r\n"
                        "Content-Length: %zu\r\n\r\n", strchr(url + 7, '/'), headers, size);
    request_size = (size_t)head + fread(request + head, 1, size, body);
    fclose(body);
}

static int by_size(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static double percentile(int percent) {
    if (!done) return 0;
    return latencies[(done * percent + 99) / 100 - 1];
}

static void run(void) {
    static struct epoll_event events[MOST_EVENTS];
    conn *all = calloc((size_t)connections, sizeof *all);
    if (!all) exit(3);
    for (int i = 0; i < connections; i++) {
        all[i].fd = -1;
        begin(&all[i]);
    }
    while (done + failed < begun) {
        int n = epoll_wait(epoll, events, MOST_EVENTS, -1);
        for (int i = 0; i < n; i++) {
            conn *c = events[i].data.ptr;
            if (events[i].events & EPOLLOUT) send_more(c);
            if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(c);
        }
    }
}

int main(int count, char **words) {
    char *url = NULL, *file = NULL, headers[2048] = "";
    int option;
    while ((option = getopt(count, words, "u:b:H:c:n:d:E:")) != -1) switch (option) {
        case 'u': url = optarg; break;
        case 'b': file = optarg; break;
        case 'H':
            strncat(headers, optarg, sizeof headers - strlen(headers) - 1);
            strncat(headers, "\r\n", sizeof headers - strlen(headers) - 1);
            break;
        case 'c': connections = atoi(optarg); break;
        case 'n': most = atol(optarg); break;
        case 'd': seconds = atof(optarg); break;
        case 'E': expected = atoi(optarg); break;
        default: return 2;
        }
    if (!url || !file) {
        fprintf(stderr, "load: -u and -b are needed\n");
        return 2;
    }
    aim(url);
    compose(url, file, headers);
    signal(SIGPIPE, SIG_IGN);
    alarm((unsigned)seconds + PATIENCE);
    epoll = epoll_create1(0);
    int64_t start = last = now_us();
    deadline = start + (int64_t)(seconds * 1e6);
    run();
    qsort(latencies, (size_t)done, sizeof *latencies, by_size);
    printf("{\"calls\":%ld,\"errors\":%ld,\"seconds\":%.6f,\"chunks\":%ld,\"bytes\":%ld,"
           "\"p50_us\":%.1f,\"p90_us\":%.1f,\"p99_us\":%.1f,\"first_error\":\"%s\"}\n",
           done, failed, (double)(last - start) / 1e6, chunks, bytes, percentile(50), percentile(90),
           percentile(99), first_error);
    return 0;
}
