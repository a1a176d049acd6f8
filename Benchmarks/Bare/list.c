// Writes a list of domains in no order, one line in fifty a double of an earlier one.
// Usage: list LINES [weights]; with weights it is CSV with a header.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t mix(uint64_t x) {
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

// The name of a number: as long as names are on average, and no other number has it.
static void name(uint64_t number, char *text) {
    static const char *words[] = {"alpine", "north", "print", "cafe", "studio", "web", "garden", "data", "my", "the",
        "auto", "smart", "blue", "city", "art", "trade"};
    static const char *ends[] = {"com", "com", "com", "com", "net", "org", "de", "co.uk", "ru", "nl", "info", "com.br",
        "fr", "it", "ch", "example"};
    uint64_t hash = mix(number + 0x9e3779b97f4a7c15u);
    uint64_t rest = number;
    text += sprintf(text, "%s%s", words[hash & 15], hash & 0x100 ? "-" : "");
    do *text++ = "bcdfghjklmnpqrstvwxz"[rest % 20]; while ((rest /= 20) > 0);
    sprintf(text, ".%s", ends[hash >> 4 & 15]);
}

int main(int argc, char **argv) {
    if (argc < 2) return 64;
    uint64_t lines = strtoull(argv[1], NULL, 10);
    int weights = argc > 2 && strcmp(argv[2], "weights") == 0;
    char text[128];
    if (weights) puts("domain,weight");
    // Numbers in an order that no sort has prepared: an odd factor permutes a power of two.
    uint64_t size = 1;
    while (size < lines) size *= 2;
    for (uint64_t i = 0, n = 0; i < lines; n++) {
        uint64_t number = n * 0x9e3779b97f4a7c15u & (size - 1);
        if (number >= lines) continue;
        if (i % 50 == 49) number = n / 2 * 0x9e3779b97f4a7c15u & (size - 1);
        if (number >= lines) number = 0;
        name(number, text);
        if (weights) printf("%s,%llu\n", text, (unsigned long long)(1 + 1000000 / (1 + mix(number) % 1000000)));
        else puts(text);
        i++;
    }
    return 0;
}
