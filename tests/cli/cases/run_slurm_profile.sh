# Profiles that are wrong, and one that is for nothing.
cp "$SOURCE/tests/cli/sums.yaml" .
try() { echo "$1" >profile.yaml; atomloom run sums.yaml --executor slurm --profile profile.yaml; echo $?; }
try 'slurm: {partion: fast}'
try 'slurm: {time: 10}'
try 'slurm: {max_jobs: 0}'
try 'slurm: {sbatch: [nice]}'
try 'slurm: {partition: [a, b]}'
try 'slurm: [a]'
try 'slrum: {}'
try 'slurm: {time: 10 min'
atomloom run sums.yaml --executor slurm --profile nowhere.yaml
echo $?
atomloom run sums.yaml --profile profile.yaml
