set -eu
echo before
echo "$missing"
