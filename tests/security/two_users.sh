#!/usr/bin/env bash
# One store, two users, one of whom means harm: the other's run never takes a wrong value, and never hangs:  two_users.sh BUILD_DIR [ROUNDS]
# Attacks: forged record, replaced object, links of both kinds, pipes, replaced plugin, replaced cache of plugins, a directory taken before its
# owner came, a private store that others may write to. After each the victim runs the pipeline: the right value, or a failure that says why.
# Needs root, which becomes the two users in turn (numbers without names). Prints "attack, tried, wrong, hung, refused" per attack.
set -uo pipefail
build=$(cd "$1" && pwd) rounds=${2:-1}
[ "$(id -u)" = 0 ] || { echo "skipped: becoming two users needs root"; exit 77; }
command -v setpriv >/dev/null || { echo "skipped: no setpriv"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work" || exit 3
atomloom=$build/bin/atomloom alice=50001 mallory=50002 group=50000
setpriv --reuid $alice --regid $alice --clear-groups "$atomloom" --version >version 2>&1 || { echo "skipped: the program cannot be read by another user"; exit 77; }

as() { # as USER [NAME=VALUE...] COMMAND...
  local user=$1
  shift
  setpriv --reuid "$user" --regid "$user" --groups $group env -i "PATH=$PATH" "HOME=$work/home$user" LC_ALL=C.UTF-8 "ATOMLOOM_PLUGIN_PATH=$build/tests/plugins" "$@"
}
cat >p.yaml <<END
atomloom: 1
nodes:
  one: {op: test.number, params: {value: 100}}
  two: {op: test.sum, in: {terms: [one.number, one.number]}}
  three: {op: test.sum, in: {terms: [two.sum, one.number]}}
outputs: {three: three.sum}
END
sed 's/value: 100/value: 7/' p.yaml >other.yaml
store=$work/shared/store own=$work/shared/store/users/$alice evil=$work/shared/store/users/$mallory

begin() { # a store with what alice computed, and what mallory computed of another pipeline
  rm -rf shared home$alice home$mallory evil
  install -d -o $alice -g $group -m 2770 shared
  install -d -o $alice -g $alice -m 700 home$alice
  install -d -o $mallory -g $mallory -m 755 home$mallory evil
  as $alice "$atomloom" cache init --group $group --store "$store" >init.log 2>&1 || { cat init.log; exit 1; }
  as $mallory "$atomloom" run "$work/other.yaml" --store "$store" >other.log 2>&1 || { cat other.log; exit 1; }
}
alice_runs() { as $alice "${@:2}" timeout 60 "$atomloom" run "$work/p.yaml" --store "$1" >run.out 2>run.err; }
key_of() { as $alice "$atomloom" plan "$work/p.yaml" --store "$store" --json 2>/dev/null | tr '{' '\n' | sed -n "s/.*\"name\": \"$1\".*\"key\": \"\([0-9a-f]*\)\".*/\1/p" | head -n 1; }

tried=0 bad=0
# judge ATTACK [STORE [NAME=VALUE...]]: what alice gets now
judge() {
  local attack=$1 where=${2:-$store} wrong=0 hung=0 refused=0 code
  alice_runs "$where" "${@:3}"
  code=$?
  tried=$((tried + 1))
  if [ $code = 124 ]; then hung=1
  elif [ $code = 0 ]; then grep -q 'data 300' run.out || wrong=1
  else
    refused=1
    grep -q 'error:\|failed' run.err run.out || wrong=1
  fi
  [ $wrong$hung = 00 ] || { bad=1; cat run.out run.err; }
  echo "$attack, 1, $wrong, $hung, $refused"
}
must_fail() { # what mallory may not do at all
  local attack=$1
  shift
  tried=$((tried + 1))
  if as $mallory "$@" >may.log 2>&1; then bad=1 && echo "$attack, 1, 1, 0, 0"; else echo "$attack, 1, 0, 0, 1"; fi
}
must_refuse() { # judge, and alice's run must not have used it
  judge "$@"
  grep -q "$refusal" run.err || { bad=1; echo "not refused: $1"; cat run.out run.err; }
}
# forge FROM TO: the record FROM with every output replaced by another value of the store, sealed anew
forge() {
  local value=$3
  head -c -$((14 + 64 + 4)) "$1" | sed -E "s/(\"value\": \")[0-9a-f]{64}/\1$value/" >body
  { cat body; printf ',\n "sha256": "%s"\n}\n' "$(sha256sum <body | cut -d' ' -f1)"; } >"$2"
}
each_object() { as $mallory find "$store/objects" -name '*.h5'; }
value_of() { basename "$(dirname "$1")" | tr -d '\n'; basename "$1" .h5; }

round() {
  # --- a record that says something else, in mallory's own directory, the only one that is his
  begin
  alice_runs "$store" || { cat run.err; exit 1; }
  wrong_value=$(value_of "$(as $mallory find "$store/objects" -name '*.h5' -user $mallory | head -n 1)")
  cp -r "$own/actions" records
  begin
  for record in $(cd records && find . -name '*.json'); do
    mkdir -p "$evil/actions/$(dirname "$record")"
    forge "records/$record" "$evil/actions/$record" "$wrong_value"
  done
  chown -R $mallory:$group "$evil"
  judge "forged record"
  # control: whoever trusts mallory is given it, so the forgery is a good one
  begin
  for record in $(cd records && find . -name '*.json'); do
    mkdir -p "$evil/actions/$(dirname "$record")"
    forge "records/$record" "$evil/actions/$record" "$wrong_value"
  done
  chown -R $mallory:$group "$evil"
  alice_runs "$store" ATOMLOOM_TRUST_USERS=$mallory
  grep -q 'data 300' run.out && { bad=1; echo "the forged record is no forgery"; }

  # --- what is alice's
  begin
  alice_runs "$store"
  must_fail "record written into another's directory" touch "$own/actions/x"
  must_fail "record of another replaced" bash -c "cp $evil/actions/*/*.json $own/actions/"
  must_fail "directory of another replaced" mv "$own" "$store/users/x"
  must_fail "shared directory replaced" mv "$store/objects" "$store/x"
  must_fail "shard replaced" bash -c "mv $store/objects/00 $store/objects/x"
  must_fail "marker replaced" bash -c "echo 'atomloom store, format 1' >$store/atomloom-store || rm $store/atomloom-store"
  must_fail "file under way replaced" touch "$own/tmp/x"
  judge "after all of these"

  # --- objects, which are anybody's
  for how in replaced bit-flipped cut symlink hardlink pipe directory unreadable; do
    begin
    alice_runs "$store"
    other=$(as $mallory find "$store/objects" -name '*.h5' -user $mallory | head -n 1)
    for object in $(find "$store/objects" -name '*.h5' -user $alice); do
      case $how in
      replaced) as $mallory sh -c "cat $other >$object.x; mv -f $object.x $object" ;;
      bit-flipped) as $mallory sh -c "cat $object >$object.x; printf X | dd of=$object.x bs=1 seek=2100 conv=notrunc 2>/dev/null; mv -f $object.x $object" ;;
      cut) as $mallory sh -c "head -c 1000 $object >$object.x; mv -f $object.x $object" ;;
      symlink) as $mallory sh -c "rm -f $object; ln -s $other $object" ;;
      hardlink) as $mallory sh -c "rm -f $object; ln $other $object" ;;
      pipe) as $mallory sh -c "rm -f $object; mkfifo -m 666 $object" ;;
      directory) as $mallory sh -c "rm -f $object; mkdir $object" ;;
      unreadable) as $mallory sh -c "cat $other >$object.x; chmod 0 $object.x; mv -f $object.x $object" ;;
      esac
    done
    judge "object $how"
    as $alice timeout 60 "$atomloom" cache verify --store "$store" >verify.log 2>&1
    [ $? = 124 ] && { bad=1; echo "cache verify hangs: object $how"; }
    judge "object $how, after verify"
  done

  # --- runs/, which is anybody's
  begin
  as $mallory sh -c "cd $store/runs; head -c 4000 /dev/urandom >a.1.2; mkfifo -m 666 b.1.2; ln -s /etc/passwd c.1.2; mkdir d.1.2; ln -s /nowhere e.1.2"
  judge "announced runs that are none"
  as $alice timeout 60 "$atomloom" cache gc --older-than 30d --store "$store" >gc.log 2>&1
  [ $? = 124 ] && { bad=1; echo "cache gc hangs"; }

  # --- a directory that was taken before its owner came
  refusal='is not a directory of this user'
  begin
  as $mallory mkdir -p "$own/actions"
  must_refuse "directory of another made first"
  begin
  as $mallory ln -s "$work/evil" "$own"
  must_refuse "directory of another as a link"

  # --- plugins
  refusal='belongs to the user\|may write to'
  for op in "$build"/tests/plugins/arithmetic.so; do as $mallory cp "$op" "$work/evil/arithmetic.so"; done
  begin
  as $mallory cp "$build/tests/plugins/arithmetic.so" "$work/evil/"
  tried=$((tried + 1))
  as $alice timeout 60 "$atomloom" run "$work/p.yaml" --store "$store" --plugin-dir "$work/evil" >run.out 2>run.err
  grep -q "$refusal" run.err && echo "plugin directory of another, 1, 0, 0, 1" || { bad=1; cat run.err; }
  install -d -o $alice -g $alice -m 777 plugins
  as $mallory cp "$build/tests/plugins/arithmetic.so" plugins/
  tried=$((tried + 1))
  as $alice timeout 60 "$atomloom" run "$work/p.yaml" --store "$store" --plugin-dir "$work/plugins" >run.out 2>run.err
  grep -q "$refusal" run.err && echo "plugin directory open to all, 1, 0, 0, 1" || { bad=1; cat run.err; }
  chmod 755 plugins # the plugin stays mallory's
  as $alice timeout 60 "$atomloom" doctor --store "$store" --plugin-dir "$work/plugins" >run.out 2>run.err
  tried=$((tried + 1))
  grep -q "$refusal" run.out && echo "plugin of another, 1, 0, 0, 1" || { bad=1; cat run.out; }
  rm -rf plugins
  install -d -o $alice -g $alice -m 755 plugins
  ln -s "$work/evil/arithmetic.so" plugins/arithmetic.so
  as $alice timeout 60 "$atomloom" doctor --store "$store" --plugin-dir "$work/plugins" >run.out 2>run.err
  tried=$((tried + 1))
  grep -q "$refusal" run.out && echo "plugin of another behind a link, 1, 0, 0, 1" || { bad=1; cat run.out; }
  rm -rf plugins

  # --- the cache of plugins
  begin
  as $mallory ATOMLOOM_STORE="$store" "$atomloom" ops >ops.log 2>&1
  as $mallory sh -c "cp $evil/.plugins.cache $store/runs/; cp $evil/.plugins.cache $store/objects/00/"
  must_fail "cache of plugins in the store" cp "$evil/.plugins.cache" "$store/.plugins.cache"
  judge "cache of plugins elsewhere" "$store" ATOMLOOM_STORE="$store"
  private=$work/home$alice/store
  as $alice "$atomloom" run "$work/p.yaml" --store "$private" >run.out 2>&1
  # the same list, but the op sum is said to be in another file; as if it had been there while the directory was open
  cp "$evil/.plugins.cache" "$private/.plugins.cache" && chown $mallory "$private/.plugins.cache" && chmod 644 "$private/.plugins.cache"
  sed -i 's/test\.sum/test.sun/g' "$private/.plugins.cache"
  judge "cache of plugins of another" "$private" ATOMLOOM_STORE="$private"

  # --- private stores
  refusal='may write to\|belongs to the user'
  chmod 777 "$private"
  must_refuse "private store open to all" "$private"
  chmod 755 "$private" && chmod 777 "$private/actions"
  must_refuse "records open to all" "$private"
  chmod 755 "$private/actions"
  chown $mallory "$private/actions"
  must_refuse "records of another" "$private"
  chown $alice "$private/actions"
  for record in $(cd "$private/actions" && find . -name '*.json'); do
    forge "$private/actions/$record" forged "$wrong_value"
    cp forged "$private/actions/$record" && chown $mallory "$private/actions/$record"
  done
  rm "$private/actions/journal"
  judge "records of another, in a directory of one's own" "$private"
  chown $mallory "$private/actions/journal"
  judge "journal of another" "$private"
  as $mallory "$atomloom" run "$work/p.yaml" --store "$work/evil/store" >run.out 2>&1
  chmod -R a+rX "$work/evil"
  must_refuse "store of another" "$work/evil/store"
  chmod 777 shared && chmod -R a+rX shared
  refusal='directory above the store'
  as $alice "$atomloom" cache init --store "$work/shared/mine" >init.log 2>&1
  must_refuse "store below a directory open to all" "$work/shared/mine"
}
echo "attack, tried, wrong, hung, refused"
for _ in $(seq "$rounds"); do round; done
echo "total: $tried attacks, $([ $bad = 0 ] && echo "no wrong value, nothing hung" || echo "SOME SUCCEEDED")"
exit $bad
