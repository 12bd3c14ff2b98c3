#!/usr/bin/env bash
# From nothing to atoms: install what is missing, build, run pipelines/quickstart.yaml, and say what came out. Safe to run again: what
# is installed, built or computed already is not done twice.
#   bash pipelines/quickstart.sh [RESULTS_DIR]      default: build/quickstart
set -euo pipefail
cd "$(dirname "$0")/.."
results=${1:-build/quickstart}

bash pipelines/setup.sh release
atomloom=build/release/bin/atomloom
pipeline=pipelines/quickstart.yaml
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive}

echo
echo "quickstart: running $pipeline"
mkdir -p "$results"
if [ -t 2 ]; then # a terminal: bars
  "$atomloom" run "$pipeline" >"$results/run.log"
else
  "$atomloom" run "$pipeline" >"$results/run.log" 2>"$results/progress.log" || { cat "$results/progress.log" >&2; exit 1; }
fi
tail -n 1 "$results/run.log"

get() { "$atomloom" get "$pipeline" "$1" -o "$results/$2" >"$results/get.log" 2>&1 || { cat "$results/get.log" >&2; exit 1; }; }
# column FILE NAME [ROW]: a value of a CSV table by the beginning of its heading
column() { awk -F, -v want="$2" -v row="${3:-2}" 'NR == 1 { for (i = 1; i <= NF; i++) { h = $i; sub(/ \[.*/, "", h); if (h == want) k = i } } NR == row { print $k }' "$results/$1"; }

printf '\n%8s  %6s  %6s  %6s  %10s  %9s   %s\n' minutes truth found right 'rmsd (pm)' 'species' 'kept place and species since the stage before'
for minutes in 0 30 60 120; do
  get "atoms[minutes=$minutes]" "atoms-$minutes.xyz"
  get "slices[minutes=$minutes]" "slices-$minutes.png"
  get "comparison[minutes=$minutes]" "comparison-$minutes.csv"
  kept=-
  if [ "$minutes" != 0 ]; then
    get "migration[minutes=$minutes]" "migration-$minutes.csv"
    kept=$(column "migration-$minutes.csv" consistent)
  fi
  c=comparison-$minutes.csv
  printf '%8s  %6s  %6s  %6s  %10.1f  %8.1f%%   %s\n' "$minutes" "$(column $c truth)" "$(column $c found)" "$(column $c matched)" \
    "$(column $c rmsd_pm)" "$(awk -v x="$(column $c species_agreement)" 'BEGIN { print 100 * x }')" "$kept"
done

"$atomloom" report "$pipeline" -o "$results/report.html" >"$results/get.log" 2>&1 || { cat "$results/get.log" >&2; exit 1; }
get diffusion diffusion.csv
get diffusion_of_truth diffusion-of-truth.csv
printf '\nDiffusion coefficient (m^2/s): %.2e from the atoms found, %.2e from the true ones, 8.0e-24 put in\n' \
  "$(column diffusion.csv D 4)" "$(column diffusion-of-truth.csv D 4)"
echo "(three hundred atoms determine it to about a factor of two; the full particle of 13,366 to 7 %)"
cat <<END

Look at $results/report.html: open it in a browser. Everything is on it:
the particle by stage, images, structure, order, diffusion, and where each
number comes from. Next to it are atoms-*.xyz for OVITO or VESTA, slices-*.png
and the tables as CSV. Next:
  $atomloom run $pipeline --set recon.op=reconstruct.sirt
      another reconstruction: only what follows it is computed
  $atomloom describe reconstruct.resire
      what an op does, its parameters, its citation
  $atomloom why $pipeline diffusion
      where a number came from
END
