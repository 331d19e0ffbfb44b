/* A provider for measurements: OpenAI Chat Completions and Anthropic Messages, whole and streamed.

   usage: upstream              prints the port it took on 127.0.0.1, and serves until it is ended

   POST .../chat/completions, .../messages   an answer in that protocol; SSE where the body says "stream": true
   GET  /__stat                              counters, as JSON

   A text in the prompt says how to stream, so that it travels through any gateway:
       [[n=200 i=25]]   200 content chunks, 25 milliseconds apart (0: as fast as the socket takes them)
   The first comes within that pause, at random: streams that begin together do not beat together.
   Content chunk 7 carries " tok00007", so that a client can prove order and completeness.

   One thread, one epoll, no dependencies: it must cost less than what is measured in front of it. */
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
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CHAT, MESSAGES, STAT, OTHER };
enum { MOST_EVENTS = 1024, FRAME = 4096, LARGEST_BODY = 8 << 20 };
/* Of a reader that is behind, little is kept: filling megabytes of kernel memory would go on for long, unseen. */
enum { SEND_BUFFER = 64 << 10 };

typedef struct {
    int fd;
    char *in, *out;
    size_t in_used, in_room, out_from, out_used, out_room;
    bool awaits_room;           /* epoll tells when the socket can be written to */
    bool streams;
    int kind, chunks, pause_ms, sent, place; /* place: where it stands in `streaming` */
    int64_t due;
} conn;

static int epoll;
static conn **streaming;
static int streaming_used, streaming_room;
static long requests, finished, aborted;
static const char FILLER[] =
    "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore "
    "magna aliqua ut enim ad minim veniam quis nostrud exercitation ullamco laboris nisi ut aliquip ex ea commodo "
    "consequat duis aute irure dolor in reprehenderit in voluptate velit esse cillum dolore eu fugiat nulla "
    "pariatur excepteur sint occaecat cupidatat non proident sunt in culpa qui officia";

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

static void begin_streaming(conn *c) {
    if (streaming_used == streaming_room) {
        streaming_room = streaming_room ? streaming_room * 2 : 256;
        streaming = grown(streaming, streaming_room * sizeof *streaming);
    }
    c->streams = true;
    c->place = streaming_used;
    streaming[streaming_used++] = c;
}

static void end_streaming(conn *c) {
    conn *last = streaming[--streaming_used];
    streaming[c->place] = last;
    last->place = c->place;
    c->streams = false;
}

static void drop(conn *c) {
    if (c->streams) {
        aborted++;
        end_streaming(c);
    }
    close(c->fd);
    free(c->in);
    free(c->out);
    free(c);
}

static void await_room(conn *c, bool wanted) {
    if (c->awaits_room == wanted) return;
    c->awaits_room = wanted;
    struct epoll_event event = {.events = EPOLLIN | (wanted ? EPOLLOUT : 0), .data.ptr = c};
    epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event);
}

/* Send, or keep what the socket does not take. These functions return false where the connection is dead. */
static bool put(conn *c, const char *data, size_t size) {
    size_t gone = 0;
    if (c->out_used == c->out_from) {
        ssize_t n = send(c->fd, data, size, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN) return false;
        gone = n < 0 ? 0 : (size_t)n;
        c->out_used = c->out_from = 0;
    }
    size_t left = size - gone;
    if (!left) return true;
    if (c->out_used + left > c->out_room) c->out = grown(c->out, c->out_room = (c->out_used + left) * 2);
    memcpy(c->out + c->out_used, data + gone, left);
    c->out_used += left;
    await_room(c, true);
    return true;
}

static bool put_rest(conn *c) {
    while (c->out_from < c->out_used) {
        ssize_t n = send(c->fd, c->out + c->out_from, c->out_used - c->out_from, MSG_NOSIGNAL);
        if (n < 0) return errno == EAGAIN;
        c->out_from += (size_t)n;
    }
    c->out_from = c->out_used = 0;
    await_room(c, false);
    return true;
}

/* One HTTP chunk in one write. */
static bool put_chunk(conn *c, const char *text, int size) {
    static char frame[FRAME + 32];
    int head = sprintf(frame, "%x\r\n", size);
    memcpy(frame + head, text, (size_t)size);
    memcpy(frame + head + size, "\r\n", 2);
    return put(c, frame, (size_t)(head + size + 2));
}

#define CHAT_CHUNK \
    "data: {\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1741569952,\"model\":\"bench\",\"choices\":["

static bool put_opening(conn *c) {
    static const char HEAD[] =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-cache\r\n"
        "x-request-id: req_bench0001\r\nTransfer-Encoding: chunked\r\n\r\n";
    static const char CHAT_OPENING[] =
        CHAT_CHUNK "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n";
    static const char MESSAGES_OPENING[] =
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_bench\",\"type\":\"message\","
        "\"role\":\"assistant\",\"model\":\"bench\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,"
        "\"usage\":{\"input_tokens\":19,\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0,"
        "\"output_tokens\":1}}}\n\n"
        "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,"
        "\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
        "event: ping\ndata: {\"type\":\"ping\"}\n\n";
    if (!put(c, HEAD, sizeof HEAD - 1)) return false;
    if (c->kind == CHAT) return put_chunk(c, CHAT_OPENING, sizeof CHAT_OPENING - 1);
    return put_chunk(c, MESSAGES_OPENING, sizeof MESSAGES_OPENING - 1);
}

static bool put_content(conn *c) {
    char text[FRAME];
    const char *form =
        c->kind == CHAT ? CHAT_CHUNK "{\"index\":0,\"delta\":{\"content\":\" tok%05d\"}}]}\n\n"
                        : "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
                          "\"delta\":{\"type\":\"text_delta\",\"text\":\" tok%05d and a little more\"}}\n\n";
    return put_chunk(c, text, snprintf(text, sizeof text, form, c->sent++));
}

static bool put_closing(conn *c) {
    char text[FRAME];
    const char *form =
        c->kind == CHAT
            ? CHAT_CHUNK "{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
              "data: {\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1741569952,"
              "\"model\":\"bench\",\"choices\":[],\"usage\":{\"prompt_tokens\":19,\"completion_tokens\":%d,"
              "\"total_tokens\":%d,\"prompt_tokens_details\":{\"cached_tokens\":0}}}\n\ndata: [DONE]\n\n"
            : "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"
              "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\","
              "\"stop_sequence\":null},\"usage\":{\"output_tokens\":%d}}\n\n"
              "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    return put_chunk(c, text, snprintf(text, sizeof text, form, c->chunks, c->chunks + 19)) &&
           put(c, "0\r\n\r\n", 5);
}

static bool put_whole(conn *c) {
    char body[FRAME], head[256];
    int size;
    switch (c->kind) {
    case CHAT:
        size = snprintf(body, sizeof body,
                        "{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion\",\"created\":1741569952,"
                        "\"model\":\"bench\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
                        "\"content\":\"%s\",\"refusal\":null,\"annotations\":[]},\"logprobs\":null,"
                        "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":19,\"completion_tokens\":10,"
                        "\"total_tokens\":29,\"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":0},"
                        "\"completion_tokens_details\":{\"reasoning_tokens\":0,\"audio_tokens\":0}},"
                        "\"service_tier\":\"default\"}",
                        FILLER);
        break;
    case MESSAGES:
        size = snprintf(body, sizeof body,
                        "{\"id\":\"msg_bench\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"bench\","
                        "\"content\":[{\"type\":\"text\",\"text\":\"%s\"}],\"stop_reason\":\"end_turn\","
                        "\"stop_sequence\":null,\"usage\":{\"input_tokens\":19,\"cache_creation_input_tokens\":0,"
                        "\"cache_read_input_tokens\":0,\"output_tokens\":10}}",
                        FILLER);
        break;
    case STAT:
        size = snprintf(body, sizeof body, "{\"requests\":%ld,\"finished\":%ld,\"aborted\":%ld,\"active\":%d}",
                        requests, finished, aborted, streaming_used);
        break;
    default:
        size = snprintf(body, sizeof body, "{}");
    }
    int top = snprintf(head, sizeof head,
                       "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nx-request-id: req_bench0001\r\n"
                       "Content-Length: %d\r\n\r\n", size);
    char answer[FRAME + 256];
    memcpy(answer, head, (size_t)top);
    memcpy(answer + top, body, (size_t)size);
    return put(c, answer, (size_t)(top + size));
}

static bool ends_with(const char *path, size_t size, const char *end) {
    size_t n = strlen(end);
    return size >= n && !memcmp(path + size - n, end, n);
}

static int kind_of(const char *head) {
    const char *path = strchr(head, ' ');
    if (!path) return OTHER;
    size_t size = strcspn(++path, " ?");
    if (ends_with(path, size, "/chat/completions")) return CHAT;
    if (ends_with(path, size, "/messages")) return MESSAGES;
    return ends_with(path, size, "/__stat") ? STAT : OTHER;
}

static bool wants_stream(const char *body, size_t size) {
    const char *end = body + size, *at = memmem(body, size, "\"stream\"", 8);
    if (!at) return false;
    for (at += 8; at < end && (*at == ' ' || *at == ':'); at++) {}
    return end - at >= 4 && !memcmp(at, "true", 4);
}

static bool answer(conn *c, const char *head, const char *body, size_t size) {
    c->kind = kind_of(head);
    requests += c->kind != STAT;
    if ((c->kind != CHAT && c->kind != MESSAGES) || !wants_stream(body, size)) return put_whole(c);
    c->chunks = 200;
    c->pause_ms = c->sent = 0;
    const char *script = memmem(body, size, "[[n=", 4);
    if (script) sscanf(script, "[[n=%d i=%d]]", &c->chunks, &c->pause_ms);
    c->due = now_us() + (c->pause_ms > 0 ? rand() % (c->pause_ms * 1000) : 0);
    begin_streaming(c);
    return put_opening(c);
}

/* Answer every whole request in the buffer, one at a time; a stream must end before the next is read. */
static bool read_requests(conn *c) {
    while (!c->streams && c->in_used) {
        char *end = memmem(c->in, c->in_used, "\r\n\r\n", 4);
        if (!end) return c->in_used < 65536;
        *end = 0;
        const char *length = strcasestr(c->in, "\r\ncontent-length:");
        size_t head = (size_t)(end - c->in) + 4, body = length ? strtoul(length + 17, NULL, 10) : 0;
        *end = '\r';
        if (body > LARGEST_BODY) return false;
        if (c->in_used < head + body) return true;
        *end = 0;
        if (!answer(c, c->in, c->in + head, body)) return false;
        c->in_used -= head + body;
        memmove(c->in, c->in + head + body, c->in_used);
    }
    return true;
}

static bool receive(conn *c) {
    if (c->in_room - c->in_used < 4096) c->in = grown(c->in, c->in_room = c->in_room ? c->in_room * 2 : 8192);
    ssize_t n = recv(c->fd, c->in + c->in_used, c->in_room - c->in_used - 1, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN)) return false;
    if (n > 0) c->in_used += (size_t)n;
    return read_requests(c);
}

/* Send what is due of one stream: at most one event, so that many streams take turns. */
static bool advance(conn *c, int64_t now) {
    if (c->out_used > c->out_from || c->due > now) return true;
    if (c->sent < c->chunks) {
        c->due += c->pause_ms * 1000LL;
        return put_content(c);
    }
    end_streaming(c);
    finished++;
    return put_closing(c) && read_requests(c);
}

/* Milliseconds until the next event of any stream is due; -1 where none streams. */
static int advance_all(void) {
    int64_t now = now_us(), next = INT64_MAX;
    for (int i = streaming_used - 1; i >= 0; i--) {
        conn *c = streaming[i];
        if (!advance(c, now)) drop(c);
        else if (c->streams && c->out_used == c->out_from && c->due < next) next = c->due;
    }
    if (next == INT64_MAX) return -1;
    return next <= now ? 0 : (int)((next - now + 999) / 1000);
}

static void accept_all(int listener) {
    int fd, one = 1, buffer = SEND_BUFFER;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
        conn *c = calloc(1, sizeof *c);
        if (!c) exit(3);
        c->fd = fd;
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    }
}

static int listening(void) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(listener, (void *)&address, size) || listen(listener, 4096) ||
        getsockname(listener, (void *)&address, &size)) {
        perror("upstream");
        exit(1);
    }
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

int main(void) {
    static struct epoll_event events[MOST_EVENTS];
    int listener = listening(), wait_ms = -1;
    signal(SIGPIPE, SIG_IGN);
    epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int n = epoll_wait(epoll, events, MOST_EVENTS, wait_ms);
        for (int i = 0; i < n; i++) {
            conn *c = events[i].data.ptr;
            if (!c) {
                accept_all(listener);
                continue;
            }
            bool alive = true;
            if (events[i].events & EPOLLOUT) alive = put_rest(c);
            if (alive && events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) alive = receive(c);
            if (!alive) drop(c);
        }
        wait_ms = advance_all();
    }
}
