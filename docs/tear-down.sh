#!/bin/sh
# Takes an index down, as docs/operating.md says under "Tear down": the stack, then the authenticator once CloudFront
# has removed its replicas, then its role and its logs in every Region. Run it again, and it goes on where it stopped.
# The bucket stays, unless --delete-bucket is given and the bucket's name is typed.
set -eu

usage() {
    cat <<'END'
usage: tear-down.sh SERVICE_NAME [options]

  --stack NAME       the stack's name, if it is not SERVICE_NAME
  --regions "R R"    where viewers' logs are; without it, in every Region of the account
  --tries N          how often the authenticator's deletion is tried (48)
  --wait SECONDS     between two tries (900)
  --delete-bucket    also delete the bucket with all that was ever published; its name is asked for
END
}

say() { printf '%s\n' "$*"; }
fail() {
    printf '%s\n' "tear-down: $*" >&2
    exit 1
}
# More is to be done, and later: EX_TEMPFAIL.
postpone() {
    printf '%s\n' "tear-down: $*" >&2
    exit 75
}

# Whether a command fails because there is no such thing; any other failure is the end.
is_missing() {
    if answer=$("$@" 2>&1); then return 1; fi
    case $answer in
    *ResourceNotFoundException* | *NoSuchEntity* | *"does not exist"* | *NoSuchBucket* | *"(404)"*) return 0 ;;
    *) fail "$answer" ;;
    esac
}

arguments() {
    service='' stack='' regions='' tries=48 wait=900 delete_bucket=no
    while [ $# -gt 0 ]; do
        case $1 in
        --stack | --regions | --tries | --wait) [ $# -gt 1 ] || fail "$1 takes a value; see --help." ;;
        esac
        case $1 in
        --stack) stack=$2 && shift ;;
        --regions) regions=$2 && shift ;;
        --tries) tries=$2 && shift ;;
        --wait) wait=$2 && shift ;;
        --delete-bucket) delete_bucket=yes ;;
        --help) usage && exit 0 ;;
        -*) fail "there is no option $1; see --help." ;;
        *) [ -z "$service" ] || fail "one index at a time: $service, or $1?" && service=$1 ;;
        esac
        shift
    done
    [ -n "$service" ] || fail "say which index, by its ServiceName; see --help."
    case $tries$wait in *[!0-9]*) fail "--tries and --wait take numbers." ;; esac
    stack=${stack:-$service}
}

stack_status() {
    is_missing aws cloudformation describe-stacks --stack-name "$stack" --query 'Stacks[0].StackStatus' --output text ||
        say "$answer"
}

delete_stack() {
    status=$(stack_status)
    if [ -z "$status" ]; then
        say "There is no stack $stack (any more)."
        return
    fi
    owner=$(aws cloudformation describe-stacks --stack-name "$stack" --output text \
        --query "Stacks[0].Parameters[?ParameterKey=='ServiceName'].ParameterValue")
    [ "$owner" = "$service" ] || fail "the stack $stack is not the index $service but ${owner:-something else}."
    note_what_stays
    detach_policies
    say "Deleting the stack $stack: some minutes, most of them CloudFront's."
    aws cloudformation delete-stack --stack-name "$stack"
    aws cloudformation wait stack-delete-complete --stack-name "$stack" ||
        fail "the stack is not deleted: see its events, mend what they say, and run this again."
}

note_what_stays() {
    {
        say "# What stays of the index $service in account $account, when its stack is deleted:"
        aws cloudformation describe-stack-resources --stack-name "$stack" --output text \
            --query "StackResources[?ResourceType=='AWS::IAM::Role'].[LogicalResourceId,PhysicalResourceId]"
        aws cloudformation describe-stacks --stack-name "$stack" --output text \
            --query 'Stacks[0].Outputs[].[OutputKey,OutputValue]'
    } >"$notes"
    say "What stays is written down in $notes."
}

# What the notes say last of it; nothing if they do not, or are in another folder.
noted() {
    [ ! -f "$notes" ] || awk -v name="$1" '$1 == name { said = $2 } END { print said }' "$notes"
}

# A policy that somebody has cannot be deleted. The stack's own roles go with it.
detach_policies() {
    own=$(aws cloudformation describe-stack-resources --stack-name "$stack" --output text \
        --query "StackResources[?ResourceType=='AWS::IAM::Role'].PhysicalResourceId")
    policies=$(aws cloudformation describe-stack-resources --stack-name "$stack" --output text \
        --query "StackResources[?ResourceType=='AWS::IAM::ManagedPolicy'].PhysicalResourceId")
    for policy in $policies; do
        for kind in role user group; do
            detach_from "$kind" "$policy"
        done
    done
}

detach_from() {
    capital=$(printf '%s' "$1" | sed 's/^r/R/; s/^u/U/; s/^g/G/')
    is_missing aws iam list-entities-for-policy --policy-arn "$2" --output text \
        --query "Policy${capital}s[].${capital}Name" && return
    for name in $answer; do
        case " $(printf '%s' "$own" | tr '\t\n' '  ') " in *" $name "*) continue ;; esac
        aws iam "detach-$1-policy" "--$1-name" "$name" --policy-arn "$2"
        say "Took the policy ${2##*/} from the $1 $name."
    done
}

# Its role is noted before it goes, in case that somebody stops us in between.
delete_authenticator() {
    function=$service-authenticator
    if is_missing aws lambda get-function --function-name "$function" --output text \
        --query '[Configuration.Role, Tags."aws:cloudformation:stack-id"]'; then
        say "There is no function $function (any more)."
        return
    fi
    role=${answer%%"$tab"*} maker=${answer##*"$tab"}
    spare_what_a_stack_has "$maker"
    printf 'AuthenticatorRole\t%s\n' "${role##*/}" >>"$notes"
    try=1
    until is_missing_or_deleted "$function"; do
        [ "$try" -lt "$tries" ] ||
            postpone "CloudFront still holds replicas of $function. Run this again in some hours: it goes on from here."
        say "CloudFront still holds replicas of $function; trying again in $wait s ($try of $tries)."
        try=$((try + 1))
        sleep "$wait"
    done
    say "Deleted the function $function with its versions."
}

# The index may be served, by a stack of a name other than ours. CloudFormation tells of deleted ones, too.
spare_what_a_stack_has() {
    [ "$1" != None ] || return 0
    is_missing aws cloudformation describe-stacks --stack-name "$1" --output text \
        --query 'Stacks[0].[StackStatus,StackName]' && return
    case $answer in DELETE_COMPLETE*) return 0 ;; esac
    fail "$function is of the stack ${answer##*"$tab"}, which is there: say --stack ${answer##*"$tab"}."
}

is_missing_or_deleted() {
    if answer=$(aws lambda delete-function --function-name "$1" 2>&1); then return 0; fi
    case $answer in
    *ResourceNotFoundException*) return 0 ;;
    *"replicated function"*) return 1 ;;
    *) fail "$answer" ;;
    esac
}

delete_role() {
    if [ ! -f "$notes" ]; then
        say "There is no $notes in this folder: if a role $stack-AuthenticatorRole-… is left, delete it by hand."
        return
    fi
    role=$(noted AuthenticatorRole)
    [ -n "$role" ] || return 0
    if is_missing aws iam get-role --role-name "$role"; then
        say "There is no role $role (any more)."
        return
    fi
    is_missing aws iam delete-role-policy --role-name "$role" --policy-name authenticator || :
    aws iam delete-role --role-name "$role"
    say "Deleted the role $role."
}

# Some Regions may be closed to us, by a rule of the organization: they do not end it.
delete_logs() {
    [ -n "$regions" ] || regions=$(aws ec2 describe-regions --query 'Regions[].RegionName' --output text)
    # What CloudFront could not use of the authenticator's answers.
    refusals=$(noted DistributionId)
    refusals=${refusals:+/aws/cloudfront/LambdaEdge/$refusals}
    unseen=''
    for region in $regions; do
        for group in "/$service/authenticator" "/aws/lambda/us-east-1.$service-authenticator" $refusals; do
            delete_log_group || unseen="$unseen $region: $group;"
        done
    done
    [ -z "$unseen" ] || say "Could not look for these logs:$unseen see above why."
}

# In a shell of its own, which a failure ends.
delete_log_group() (
    is_missing aws logs delete-log-group --region "$region" --log-group-name "$group" ||
        say "Deleted the logs $group in $region."
)

delete_bucket() {
    bucket=$service-$account-us-east-1
    if is_missing aws s3api head-bucket --bucket "$bucket"; then
        say "There is no bucket $bucket (any more)."
        return
    fi
    if [ "$delete_bucket" = no ]; then
        say "The bucket $bucket stays, with all that was published."
        return
    fi
    say "All that was ever published and every version of it goes, and THERE IS NO WAY BACK."
    printf '%s' "Type the name of the bucket to delete it: "
    read -r typed || typed=''
    [ "$typed" = "$bucket" ] || fail "that is not $bucket; it stays as it is."
    empty "$bucket"
    aws s3api delete-bucket --bucket "$bucket"
    say "Deleted the bucket $bucket."
}

empty() {
    # shellcheck disable=SC2016 # JMESPath's own quotes
    versions='{Objects: [Versions, DeleteMarkers][].{Key: Key, VersionId: VersionId}, Quiet: `true`}'
    while :; do
        batch=$(aws s3api list-object-versions --bucket "$1" --max-items 300 --output json --query "$versions")
        case $batch in *'"VersionId"'*) ;; *) break ;; esac
        # It succeeds also where it is not allowed to, and then says so.
        refused=$(aws s3api delete-objects --bucket "$1" --delete "$batch" --query Errors --output text)
        [ "$refused" = None ] || fail "$refused"
    done
}

arguments "$@"
# The edge function, its stack and its bucket are there and nowhere else.
export AWS_DEFAULT_REGION=us-east-1 AWS_REGION=us-east-1 AWS_PAGER=
command -v aws >/dev/null || fail "it takes the AWS CLI, and there is no aws: install it."
notes=tear-down-$service.txt tab=$(printf '\t')
account=$(aws sts get-caller-identity --query Account --output text)
say "Taking down the index $service in account $account."
delete_stack
delete_authenticator
delete_role
delete_logs
delete_bucket
say "Done. Backups and access logs, if you had any, stay: see docs/operating.md, \"Tear down\"."
