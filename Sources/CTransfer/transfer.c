#define _GNU_SOURCE
#include "transfer.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// The functions of libcurl that are used: X(name without its prefix).
#define CURL_FUNCTIONS(X)                                                                          \
    X(global_init)                                                                                 \
    X(easy_init)                                                                                   \
    X(easy_setopt)                                                                                 \
    X(easy_getinfo)                                                                                \
    X(easy_strerror)                                                                               \
    X(easy_cleanup)                                                                                \
    X(multi_init)                                                                                  \
    X(multi_add_handle)                                                                            \
    X(multi_remove_handle)                                                                         \
    X(multi_perform)                                                                               \
    X(multi_poll)                                                                                  \
    X(multi_info_read)                                                                             \
    X(multi_strerror)                                                                              \
    X(multi_cleanup)                                                                               \
    X(slist_append)                                                                                \
    X(slist_free_all)

// The checks of libcurl's header are macros around the functions' names.
#undef curl_easy_setopt
#undef curl_easy_getinfo

static struct {
#define MEMBER(name) __typeof__(&curl_##name) name;
    CURL_FUNCTIONS(MEMBER)
#undef MEMBER
} curl;

static const char *load_failure;
static pthread_once_t load_once = PTHREAD_ONCE_INIT;

static void load(void) {
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        const char *reason = dlerror();
        load_failure = reason != NULL ? strdup(reason) : NULL;
        if (load_failure == NULL) load_failure = "libcurl.so.4 cannot be loaded";
        return;
    }
#define FIND(name)                                                                                 \
    curl.name = (__typeof__(&curl_##name))dlsym(library, "curl_" #name);                           \
    if (curl.name == NULL) load_failure = "libcurl is too old: it has no curl_" #name;
    CURL_FUNCTIONS(FIND)
#undef FIND
    if (load_failure == NULL && curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        load_failure = "libcurl cannot start";
}

const char *transfer_unavailable(void) {
    pthread_once(&load_once, load);
    return load_failure;
}

struct transfer {
    CURLM *multi;
    CURL *easy;
    struct curl_slist *headers;
    transfer_sink take_header;
    transfer_sink take_body;
    void *context;
    CURLcode code;
    CURLMcode multi_code;
    char reason[CURL_ERROR_SIZE];
};

static size_t on_header(char *bytes, size_t size, size_t count, void *context) {
    struct transfer *transfer = context;
    return transfer->take_header(transfer->context, bytes, size * count) == 0 ? size * count : 0;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context) {
    struct transfer *transfer = context;
    return transfer->take_body(transfer->context, bytes, size * count) == 0 ? size * count : 0;
}

// The lines as libcurl's list; NULL if memory is short.
static struct curl_slist *header_list(const char *lines) {
    char *copy = strdup(lines);
    struct curl_slist *list = NULL;
    char *rest = copy;
    for (char *line; rest != NULL && (line = strsep(&rest, "\n")) != NULL;) {
        struct curl_slist *longer = curl.slist_append(list, line);
        if (longer == NULL) {
            curl.slist_free_all(list);
            list = NULL;
            break;
        }
        list = longer;
    }
    free(copy);
    return list;
}

struct transfer *transfer_begin(const struct transfer_request *request) {
    struct transfer *transfer = calloc(1, sizeof *transfer);
    if (transfer == NULL) return NULL;
    transfer->take_header = request->take_header;
    transfer->take_body = request->take_body;
    transfer->context = request->context;
    transfer->code = CURLE_AGAIN;
    transfer->easy = curl.easy_init();
    transfer->multi = curl.multi_init();
    if (transfer->easy == NULL || transfer->multi == NULL) {
        transfer_free(transfer);
        return NULL;
    }
    transfer->headers = header_list(request->headers);
    if (transfer->headers == NULL) {
        transfer_free(transfer);
        return NULL;
    }
    CURL *easy = transfer->easy;
    curl.easy_setopt(easy, CURLOPT_URL, request->url);
    curl.easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl.easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
    curl.easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_count);
    curl.easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request->body);
    curl.easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, request->connect_milliseconds);
    curl.easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    if (request->is_direct) curl.easy_setopt(easy, CURLOPT_PROXY, "");
    curl.easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->reason);
    curl.easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl.easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl.easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl.easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    transfer->multi_code = curl.multi_add_handle(transfer->multi, easy);
    return transfer;
}

int transfer_step(struct transfer *transfer, int wait_milliseconds) {
    int running = 0;
    if (transfer->multi_code == CURLM_OK)
        transfer->multi_code = curl.multi_perform(transfer->multi, &running);
    if (transfer->multi_code == CURLM_OK && running > 0)
        transfer->multi_code =
            curl.multi_poll(transfer->multi, NULL, 0, wait_milliseconds, NULL);
    if (transfer->multi_code == CURLM_OK && running > 0) return 1;
    int left = 0;
    const CURLMsg *message = curl.multi_info_read(transfer->multi, &left);
    if (message != NULL && message->msg == CURLMSG_DONE) transfer->code = message->data.result;
    return 0;
}

long transfer_status(const struct transfer *transfer) {
    long status = 0;
    curl.easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

enum transfer_end transfer_result(const struct transfer *transfer) {
    switch (transfer->code) {
    case CURLE_OK: return transfer_end_complete;
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY: return transfer_end_unreachable;
    case CURLE_OPERATION_TIMEDOUT: return transfer_end_connect_timeout;
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return transfer_end_dropped;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION: return transfer_end_insecure;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: return transfer_end_bad_url;
    default: return transfer_end_failed;
    }
}

const char *transfer_reason(const struct transfer *transfer) {
    if (transfer->multi_code != CURLM_OK) return curl.multi_strerror(transfer->multi_code);
    return transfer->reason[0] != 0 ? transfer->reason : curl.easy_strerror(transfer->code);
}

void transfer_free(struct transfer *transfer) {
    if (transfer->easy != NULL && transfer->multi != NULL)
        curl.multi_remove_handle(transfer->multi, transfer->easy);
    if (transfer->easy != NULL) curl.easy_cleanup(transfer->easy);
    if (transfer->multi != NULL) curl.multi_cleanup(transfer->multi);
    curl.slist_free_all(transfer->headers);
    free(transfer);
}
