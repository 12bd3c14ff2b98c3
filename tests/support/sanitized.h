/* tests/support/sanitized.h - sanitizers make code some ten times slower: what tries many cases of
 * one kind tries a few there. */
#ifndef ATOMLOOM_TESTS_SANITIZED_H
#define ATOMLOOM_TESTS_SANITIZED_H
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif
#endif
