/* Property: what a user who is not trusted may have written is recognised by its owner and its
 * rights; who is trusted is said by one variable. */
#include "base/trust.h"
#include "support/suite.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ALICE = 50001, MALLORY = 50002, LAB = 50000 }; /* of no name */

static trust look(uid_t user, gid_t group, mode_t mode)
{
    return trust_look("/nowhere",
                      &(struct stat){ .st_uid = user, .st_gid = group, .st_mode = mode });
}

START_TEST(an_owner_is_trusted_or_not)
{
    unsetenv("ATOMLOOM_TRUST_USERS");
    ck_assert_int_eq(look(geteuid(), LAB, S_IFREG | 0644), TRUST_GOOD);
    ck_assert_int_eq(look(0, LAB, S_IFREG | 0644), TRUST_GOOD);
    ck_assert_int_eq(look(MALLORY, LAB, S_IFREG | 0444), TRUST_OWNER);
    ck_assert_int_eq(look(0, LAB, S_IFREG | 0664), TRUST_GROUP);
    ck_assert_int_eq(look(0, 0, S_IFREG | 0664), TRUST_GOOD); /* root's own group */
    ck_assert_int_eq(look(0, 0, S_IFREG | 0646), TRUST_OTHERS);
    ck_assert_int_eq(look(0, 0, S_IFDIR | 01777), TRUST_OTHERS);
    ck_assert_ptr_null(trust_unknown());
}
END_TEST

START_TEST(the_variable_names_users_and_groups)
{
    int n;
    setenv("ATOMLOOM_TRUST_USERS", " 50001, @50000,nobody_of_this_name,,root", 1);
    ck_assert(trust_user(ALICE) && !trust_user(MALLORY));
    ck_assert_int_eq(look(ALICE, LAB, S_IFREG | 0664), TRUST_GOOD);
    ck_assert_int_eq(look(ALICE, MALLORY, S_IFREG | 0664), TRUST_GROUP);
    ck_assert_int_eq(look(ALICE, LAB, S_IFREG | 0666), TRUST_OTHERS);
    ck_assert_uint_eq(trust_users(&n)[0], ALICE);
    ck_assert_int_eq(n, 2);
    ck_assert_str_eq(trust_unknown(), "nobody_of_this_name");
}
END_TEST

/* A word that is too long, a number that is too large, a thousand entries: none of them is trusted,
 * and nothing is overrun. */
START_TEST(odd_values_of_the_variable_trust_nobody)
{
    static char many[20000];
    for (int i = 0; i < 1000; i++) strcat(many, "60000,");
    memset(many + 6000, 'x', 10000);
    strcat(many, ",99999999999999999999999999,-1,@,@@,50002x,0x");
    setenv("ATOMLOOM_TRUST_USERS", many, 1);
    ck_assert(trust_user(60000) && !trust_user(MALLORY) && !trust_user((uid_t)-1));
}
END_TEST

START_TEST(minus_one_and_words_with_digits_are_nobody)
{
    setenv("ATOMLOOM_TRUST_USERS", "-1,50002x,99999999999999999999999999,@,4294967295", 1);
    ck_assert(!trust_user((uid_t)-1) && !trust_user(MALLORY));
    int n;
    trust_users(&n);
    ck_assert_int_eq(n, 0);
}
END_TEST

TEST_MAIN("base trust", an_owner_is_trusted_or_not, the_variable_names_users_and_groups,
          odd_values_of_the_variable_trust_nobody, minus_one_and_words_with_digits_are_nobody)
