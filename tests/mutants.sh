#!/usr/bin/env bash
# Mutation tests of the authenticator: mutants.sh [MODULE…]. Each module is held to its own tests alone, so
# each needs tests that are near to it, and it takes minutes and not hours.
set -euo pipefail
cd "$(dirname "$0")/.."

modules=("$@")
if ((${#modules[@]} == 0)); then
    for source in functions/authenticator/[a-z]*.py; do
        modules+=("$(basename "$source" .py)")
    done
fi
folder=build/mutants
mkdir -p build
: >build/mutants.txt

for module in "${modules[@]}"; do
    case $module in
    log | headers) tests="handler secrets" ;; # they have none of their own
    errors) tests="errors handler" ;;
    records) tests="records credentials routing" ;;
    store) tests="store states gate" ;;
    handler) tests="handler gate claims" ;;
    policy) tests="policy policy_file" ;;
    connection | deadline) tests="$module reader" ;;
    gate) tests="gate handler states" ;;
    *) tests=$module ;;
    esac
    rm -rf "$folder"
    mkdir -p "$folder/tests"
    cp -R functions/authenticator local events pyproject.toml "$folder"
    cp -R tests/authenticator tests/property "$folder/tests"
    # What fails need not be made small.
    cat >"$folder/tests/conftest.py" <<END
from hypothesis import Phase, settings

phases = [Phase.explicit, Phase.generate]
settings.register_profile("mutants", derandomize=True, deadline=None, database=None, phases=phases)
END
    # Not those that take seconds: all short strings, and stores that stall.
    cat >"$folder/setup.cfg" <<END
[mutmut]
source_paths=authenticator
only_mutate=authenticator/$module.py
also_copy=
    local
    events
pytest_add_cli_args=
    --hypothesis-profile=mutants
    -pno:cacheprovider
    -knot every_short_string and not silent and not drip
pytest_add_cli_args_test_selection=
$(for test in $tests; do
        cd "$folder" && ls -d "tests/authenticator/test_$test.py" "tests/property/test_$test.py" 2>/dev/null |
            sed 's/^/    /'
        cd - >/dev/null
    done)
timeout_multiplier=5
use_git_change_detection=false
END
    echo "Changing $module …"
    (cd "$folder" && timeout 900 "$MUTMUT" run) >"build/mutants-$module.log" 2>&1 ||
        echo "$module: not to its end, see build/mutants-$module.log" | tee -a build/mutants.txt
    (
        cd "$folder"
        tr '\r' '\n' <../"mutants-$module.log" | grep -ao '[0-9]*/[0-9]*  .*' | tail -n 1 | sed "s/^/$module /" || true
        "$MUTMUT" results 2>/dev/null | { grep -v "not checked" || true; } | while read -r name state; do
            echo "${name#authenticator.} $state"
            "$MUTMUT" show "${name%:}" 2>/dev/null </dev/null | grep '^[-+] ' || true
        done
    ) | tee -a build/mutants.txt
done
