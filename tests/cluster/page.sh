#!/usr/bin/env bash
# What docs/cluster.md tells a person to type, typed, with programs that stand in for Slurm's:  page.sh PYTHON SOURCE_DIR BUILD_DIR
FAKE_SLURM=$(mktemp -d)
export FAKE_SLURM PATH="$2/tests/cluster/fake:$PATH"
mkdir "$FAKE_SLURM/jobs"
"$1" "$2/tests/docs/snippets.py" "$2" "$3" "$2/docs/cluster.md"
status=$?
grep -q -- --job-name=atomloom "$FAKE_SLURM/calls" || { echo "no job was submitted"; status=1; }
rm -rf "$FAKE_SLURM"
exit $status
