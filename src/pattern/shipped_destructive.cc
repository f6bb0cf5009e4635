// Commands that wipe. Documents speak of them: a pattern wants the whole command, with the argument that makes it do
// harm, and what could also be prose only where nothing else stands on the line.
#include "pattern/shipped.h"

// A place that matters: absolute, home, a variable, everything here.
#define PLACE R"(["']?(?:/|~|\$\{?\w|\*|\.{1,2}(?:/?\*|/?["']?\s*$)))"
#define DEVICE R"(/dev/(?:sd|hd|vd|xvd|nvme|mmcblk|disk|mapper/|md|dm-)\w*)"
#define OPTIONS R"((?:-{1,2}[\w\-=./:]+\s+){0,4})"
// The begin of a statement: a line's, or behind what ends another or begins a text.
#define STATEMENT R"((?:^|[;{("'`>])\s*)"
#define NAME R"([\w.$\-"`\[\]]+)"

namespace gatehouse::pattern {
namespace {

constexpr ShippedPattern kPatterns[] = {
    // Files and disks.
    {"rm-recursive", R"(\b(?:rm |rm\t)\s*)" OPTIONS R"((?:-[a-z]*r[a-z]*|--recursive)\s+)" OPTIONS PLACE, true,
     "sudo rm -rf --no-preserve-root /", "rm -r build, rm notes.txt or rm -f /tmp/x"},
    {"rm-everything", R"(\b(?:rm |rm\t)\s*)" OPTIONS R"((?:/\*|~/\*|\*\s*$))", true, "rm -f /*", "rm -f *.o"},
    {"find-delete", R"(\bfind\s+["']?[/~.$][ -{}~\t]*\s-(?:delete\b|exec\s+(?:sudo\s+)?rm\b))", true,
     "find / -name '*.db' -delete", "find . -name '*.db' -print",
     R"(-(?:dele|exec))"},
    {"mkfs", R"(\bmkfs(?:\.\w+)?\s+)" OPTIONS DEVICE, true, "mkfs.ext4 -F /dev/sda1", "mkfs makes a file system",
     R"(/dev/[a-z]{2})"},
    {"dd-to-device", R"(\b(?:dd |dd\t)[ -~\t]*\bof=)" DEVICE, true, "dd if=/dev/zero of=/dev/nvme0n1 bs=1M",
     "dd if=/dev/sda of=disk.img",
     R"(/dev/[a-z]{2})"},
    {"write-to-device", R"((?:>|\btee\s)\s*)" DEVICE R"(\b)", true, "cat image > /dev/sda", "ls > /dev/null",
     R"(/dev/[a-z]{2})"},
    {"wipe-device", R"(\b(?:wipefs|shred|blkdiscard|sgdisk|badblocks|hdparm|nvme\s+format)\s[ -~\t]*)" DEVICE, true,
     "wipefs -a /dev/sdb", "wipefs shows signatures",
     R"(/dev/[a-z]{2})"},
    {"volume-removal", R"(\b(?:zpool\s+destroy|zfs\s+destroy\s+-\w*[rRf]\w*|lvremove\s+-\w*[fy]\w*|vgremove\s+-\w*[fy]\w*)"
     R"(|mdadm\s+--zero-superblock|cryptsetup\s+(?:luksErase|erase))\s+[\w/])",
     true, "zfs destroy -r tank/data", "zfs list; destroy nothing",
     R"(\b(?:zpool|zfs|lvrem|vgrem|mdadm|cryptset))"},
    {"truncate-file", R"(\btruncate\s+(?:-s|--size)[ =]?0\s+)" PLACE, true, "truncate -s 0 /var/log/audit.log",
     "truncate text to 0 characters",
     R"(\btruncate\s+-)"},
    {"move-to-null", R"(\b(?:mv |mv\t)\s*["']?[/~*$]\S*\s+/dev/null\b)", true, "mv /srv/data/* /dev/null", "cp a /dev/null",
     R"(/dev/[a-z]{2})"},
    {"chmod-everything", R"(\bch(?:mod|own)\s+(?:-\w+\s+){0,3}(?:-\w*R\w*|--recursive)\s+\S+\s+/(?:\*|\s|$))", true,
     "chmod -R 777 /", "chmod -R u+w build"},
    {"fork-bomb", R"(:\(\) ?\{\s{0,2}: ?\| ?: ?&\s{0,2}\})", true, ":(){ :|:& };:", "f() { :; }"},
    {"crontab-removal", R"((?:^|[;&|`"'$#])\s*(?:sudo\s+)?crontab\s+(?:-u\s+\w+\s+)?-r\s*(?:$|[;&|"'`]))", true,
     "crontab -u app -r", "the option of crontab -r removes it"},
    {"python-rmtree", R"(\b(?:shutil\.rmtree|os\.removedirs)\s*\(\s*["'](?:/|~|\.|C:))", false, "shutil.rmtree('/')",
     "shutil.rmtree(path)",
     R"(rmtree|removedi)"},
    // Windows.
    {"del-recursive", R"(\b(?:del|erase)\s+(?:/[a-z]\s+){0,4}/[sq]\s+(?:/[a-z]\s+){0,4}["']?(?:[a-z]:|\*|%\w+%|\\))", true,
     "del /f /s /q C:\\*", "del old.txt"},
    {"rd-recursive", R"(\b(?:rd |rd\t|rmdir )\s*(?:/q\s+)?/s\s+(?:/q\s+)?["']?(?:[a-z]:|%\w+%|\\|\.))", true,
     "rd /s /q C:\\Users", "rmdir empty"},
    {"format-drive", R"(\bformat\s+[a-z]:\s+(?:/\w|-))", true, "format C: /q /y", "a format: see below",
     R"(\bformat(?:[ \t]|[\r\n\f\v])\s*[a-z]:)"},
    {"remove-item", R"(\bRemove-Item\s[ -{}~\t]*-(?:Recurse\b[ -{}~\t]*-Force|Force\b[ -{}~\t]*-Recurse)\b)", true,
     "Remove-Item -Path C:\\Data -Recurse -Force", "Remove-Item old.log",
     R"(\bremove-i)"},
    {"backup-removal", R"(\b(?:vssadmin(?:\.exe)?\s+delete\s+shadows|wbadmin\s+delete\s+(?:catalog|systemstatebackup))"
     R"(|wmic\s+shadowcopy\s+delete|bcdedit\s[ -~\t]*recoveryenabled\s+no)\b)",
     true, "vssadmin delete shadows /all /quiet", "vssadmin list shadows",
     R"(\b(?:vssad|wbadm|wmic|bcded))"},
    {"clear-disk", R"(\b(?:Clear-Disk|Format-Volume|Remove-Partition)\s+-\w)", true, "Clear-Disk -Number 0 -RemoveData",
     "the command Clear-Disk",
     R"(clear-d|format-v|remove-p)"},
    // Containers, clusters, clouds.
    {"docker-prune", R"(\b(?:docker|podman)\s+(?:(?:system|volume|container|image|network)\s+prune\s+[ -~\t]*(?:-a\b|-f\b)"
     R"(|-af\b|--all\b|--force\b|--volumes\b)|(?:rm|rmi|kill|volume\s+rm)\s+(?:-\w+\s+){0,3}\$\())",
     true, "docker system prune -a --volumes", "docker system prune is described below"},
    {"kubectl-delete", R"(\bkubectl\s+(?:[\w\-=./:]+\s+){0,6}delete\s+)" OPTIONS R"((?:(?:ns|namespaces?|nodes?|pvc?)"
     R"(|persistentvolume(?:claim)?s?|crds?|statefulsets?|sts|deployments?|deploy|secrets?|clusterroles?|all)(?:/)"
     R"(|\s+)[\w\-]|[\w,.]+\s+[ -~\t]*--all\b))",
     true, "kubectl -n prod delete namespace payments", "kubectl delete removes resources"},
    {"helm-uninstall", R"((?:^|[;&|`"'$#]|sudo)\s*helm\s+)" OPTIONS R"((?:uninstall|delete)\s+[\w\-])", true,
     "helm uninstall --namespace prod billing", "with helm uninstall you remove a release",
     R"(helm\b)"},
    {"terraform-destroy", R"(\b(?:terraform|tofu|terragrunt|pulumi)\s+)" OPTIONS R"((?:run-all\s+)?(?:destroy)"
     R"(|apply\s+-destroy)\s[ -~\t]*-{1,2}(?:auto-approve|force|yes|y|terragrunt-non-interactive)\b)",
     true, "terraform destroy -auto-approve", "terraform destroy asks first",
     R"(\bdestroy\b)"},
    {"aws-s3-removal", R"(\baws\s+)" OPTIONS R"(s3\s+(?:rb\s+[ -~\t]*--force|rm\s+[ -~\t]*--recursive)\b)", true,
     "aws s3 rm s3://backups --recursive", "aws s3 ls s3://backups --recursive",
     R"(\baws\b)"},
    {"aws-removal", R"(\baws\s+)" OPTIONS R"([a-z0-9\-]{2,30}\s+(?:delete|terminate|deregister|purge)"
     R"(|schedule-key-deletion)[a-z0-9\-]*\s+--[a-z])",
     true, "aws rds delete-db-instance --db-instance-identifier prod --skip-final-snapshot",
     "aws ec2 describe-instances --all",
     R"(\baws\b)"},
    {"gcloud-removal", R"((?:\bgcloud\s+(?:[a-z0-9\-]+\s+){1,5}delete\s+(?:[\w\-]+\s+[ -~\t]*--quiet|--quiet|-q\b)"
     R"(|[\w\-]+\s+-q\b)|\bgsutil\s+(?:-\w+\s+)?(?:rm|rb)\s+(?:-\w+\s+){0,3}gs://\S))",
     true, "gsutil -m rm -r gs://backups/", "gcloud projects list",
     R"(\bgclou|\bgsuti)"},
    {"azure-removal", R"(\b(?:az |az\t)\s*(?:[a-z0-9\-]+\s+){1,4}(?:delete|purge|delete-batch)\s+-{1,2}[a-z])", true,
     "az group delete --name prod --yes", "az group list --output table",
     R"(\baz[ \t])"},
    {"app-removal", R"(\b(?:heroku\s+(?:apps:destroy|pg:reset|addons:destroy)|fly(?:ctl)?\s+(?:apps\s+)"
     R"(|volumes\s+)?destroy|doctl\s+(?:[a-z\-]+\s+){1,3}delete|vercel\s+(?:remove|rm))\s+[\w\-])",
     true, "heroku pg:reset DATABASE_URL --confirm app", "heroku restarts apps",
     R"(\b(?:heroku|fly|flyctl|doctl|vercel)\b)"},
    // Stores.
    {"sql-drop", STATEMENT R"(drop\s+(?:table|database|schema|keyspace|view|materialized\s+view|index|user|role)"
     R"(|tablespace|sequence|collection|measurement|extension)\s+(?:if\s+exists\s+|concurrently\s+){0,2})"
     NAME R"((?:\s*,\s*)" NAME R"(){0,9}(?:\s+(?:cascade|restrict|purge|force|with\s*\(\s*force\s*\)))?\s*;)",
     true, "x'; DROP TABLE IF EXISTS customers CASCADE; --", "You may drop table reservations; then call us."},
    {"sql-truncate", STATEMENT R"(truncate\s+(?:table\s+)?(?:only\s+)?)" NAME R"((?:\s*,\s*)"
     NAME R"(){0,9}(?:\s+(?:restart|continue)\s+identity)?(?:\s+(?:cascade|restrict))?\s*;)",
     true, "BEGIN; TRUNCATE TABLE a, b RESTART IDENTITY CASCADE;", "To empty it run TRUNCATE t; but ask first."},
    {"sql-delete-all", STATEMENT R"(delete\s+from\s+)" NAME R"(\s*(?:where\s+(?:1\s*=\s*1|true|'1'\s*=\s*'1')\s*)?;)", true,
     "DELETE FROM orders WHERE 1=1;", "To empty a table run DELETE FROM t; or TRUNCATE t; but ask first."},
    {"sql-shell", R"((?:\bxp_cmdshell\s+N?'|\b(?:from program|to program)\s+'))",
     true, "EXEC master..xp_cmdshell 'del x'", "xp_cmdshell is off by default",
     R"(xp_c|\b(?:from|to) program\s+')"},
    {"mongo-drop", R"(\bdb\.(?:dropDatabase\s*\(|(?:[\w\-]+\.){1,4}drop\s*\(\s*(?:\)|\{))"
     R"(|getCollection\(\s*["'][\w .\-]{1,80}["']\s*\)\.drop\s*\())",
     false, "db.users.drop()", "db.users.find()",
     R"(\bdb\.)"},
    {"mongo-delete-all", R"(\bdb\.(?:[\w\-]+\.){1,4}(?:deleteMany|remove)\s*\(\s*(?:\{\s*\})?\s*[,)])", false,
     "db.users.deleteMany({})", "db.users.deleteMany({ age: 1 })",
     R"(deleteM|\.remove\s*\()"},
    {"mongo-command", R"(["']?\bdropDatabase["']?\s*:\s*(?:1|true)\b)", false, "{ \"dropDatabase\": 1 }",
     "dropDatabase: see below",
     R"(dropDatabase["']?\s*:)"},
    {"redis-flush", R"((?:^|["'`>;]|\bredis-cli\s[ -~\t]*\s|\bredis-cli\s)\s*(?:flushall|flushdb|shutdown\s+nosave)"
     R"(|debug\s+segfault)(?:\s+(?:a?sync))?\s*(?:$|["'`;|&]))",
     true, "redis-cli -h cache FLUSHALL", "FLUSHALL removes all keys",
     R"(flush[ad]|\bshutdown\s+nosav|\bsegfa)"},
    {"elastic-removal", R"((?:\bcurl\s[ -~\t]*DELETE\s[ -~\t]*:9200/|^\s*DELETE\s+/?(?:_all|\*)\s*$)"
     R"(|_delete_by_query\b[ -~\t]*match_all\b))",
     true, "curl -X DELETE 'http://es:9200/*'", "DELETE /items/4",
     R"(:9200/|^\s*DELETE\s+/?[_*]|_delete_b)"},
    {"graph-delete-all", R"(\bmatch\s*\(\s*\w+\s*\)\s*(?:optional\s+match\s[ -~\t]*\s)?detach\s+delete\s+\w)", true,
     "MATCH (n) DETACH DELETE n", "a match (n) is detached",
     R"(\bdetach\s+del)"},
    {"queue-removal", R"(\b(?:kafka-topics(?:\.sh)?\s[ -~\t]*--delete\b)"
     R"(|rabbitmqctl\s+(?:-\w+\s+\S+\s+)?(?:force_)?reset\s*(?:$|[;&|"'`])|etcdctl\s[ -~\t]*\bdel\s[ -~\t]*--(?:prefix)"
     R"(|from-key)\b))",
     true, "etcdctl del '' --prefix", "etcdctl get '' --prefix"},
    {"collection-removal", R"((?:\.delete_collection\s*\(\s*["'\w]|\.(?:delete|schema\.delete)_all\s*\(\s*\))"
     R"(|\bdelete\s*\(\s*delete_all\s*=\s*True|\butility\.drop_collection\s*\())",
     false, "client.delete_collection(\"docs\")", "delete_collection takes a name",
     R"(delete_[ca]|drop_c)"},
};

}  // namespace

std::span<const ShippedPattern> destructive_commands() { return kPatterns; }

}  // namespace gatehouse::pattern
