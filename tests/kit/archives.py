#!/usr/bin/env python3
"""archives: makes what a submission may come as: archives, honest and hostile.

usage: archives.py WORK FOLDER

WORK is a folder with lab01/CASE.c and so on. Each archive in FOLDER holds it as
`work`, and something of its own; grade_intake.sh says what shall become of it.
"""
import io
import os
import struct
import sys
import tarfile
import zipfile

work, folder = sys.argv[1:]
files = sorted(os.path.relpath(os.path.join(place, name), work)
               for place, _, names in os.walk(work) for name in names)
first = 'work/' + files[0]


def content(name):
    with open(os.path.join(work, name), 'rb') as source:
        return source.read()


def path(name):
    return os.path.join(folder, name)


def add(tar, name, data=b'', **fields):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for key, value in fields.items():
        setattr(info, key, value)
    tar.addfile(info, io.BytesIO(data))


def tar(name, before=(), after=(), mode='w:gz', prefix='work/', **options):
    """An archive of the work, with other members before and after it."""
    with tarfile.open(path(name), mode, **options) as out:
        for member, data, fields in before:
            add(out, member, data, **fields)
        for file in files:
            add(out, prefix + file, content(file))
        for member, data, fields in after:
            add(out, member, data, **fields)


def zipped(name, prefix='work/', more=()):
    with zipfile.ZipFile(path(name), 'w', zipfile.ZIP_DEFLATED) as out:
        for file in files:
            out.writestr(prefix + file, content(file))
        for member, data in more:
            out.writestr(member, data)


# --- honest ones --------------------------------------------------------------

tar('plain.tar', mode='w')
tar('gzip.tar.gz')
tar('xz.tar.xz', mode='w:xz')
tar('pax.tar', mode='w', format=tarfile.PAX_FORMAT)
tar('dots.tar.gz', prefix='./work/')
tar('top.tar.gz', prefix='')
tar('deep.tar.gz', prefix='alice/work/')
zipped('plain.zip')
zipped('finder.zip', more=[('__MACOSX/work/' + os.path.dirname(files[0]) +
                            '/._' + os.path.basename(files[0]), b'\0\5\26\7')])

# Windows: its own separators between the parts of a name.
with zipfile.ZipFile(path('backslash.zip'), 'w') as out:
    for file in files:
        out.writestr(('work/' + file).replace('/', '\\'), content(file))

# --- hostile ones -------------------------------------------------------------

evil = b'int main(void) { return 0; }\n'
lab = first.rsplit('/', 1)[0]
tar('climbs.tar', mode='w', before=[('../' + first, evil, {}),
                                    ('work/../../' + first, evil, {}),
                                    ('/' + first, evil, {}),
                                    ('/etc/lab-grade', evil, {})])
tar('links.tar', mode='w', before=[
    (lab + '/way', b'', {'type': tarfile.SYMTYPE, 'linkname': '/tmp'}),
    (lab + '/way/lab-grade', evil, {}),
    (first, b'', {'type': tarfile.SYMTYPE, 'linkname': '/etc/passwd'}),
    (first, b'', {'type': tarfile.LNKTYPE, 'linkname': '/etc/passwd'})])
tar('devices.tar', mode='w', before=[
    (first, b'', {'type': tarfile.CHRTYPE, 'devmajor': 1, 'devminor': 5}),
    (lab + '/fifo.c', b'', {'type': tarfile.FIFOTYPE}),
    (lab + '/root.c', evil, {'mode': 0o6777, 'uid': 0})])
tar('names.tar', mode='w', before=[
    ('-rf', evil, {}), (lab + '/a\nb\x1b[2J\r.c', evil, {}),
    (lab + '/\udcff\udcfe.c', evil, {}), (lab + '/' + 'n' * 3000, evil, {}),
    (first.upper(), evil, {}), ('work/lab01 ', evil, {}), ('', evil, {})])
tar('twice.tar', mode='w', before=[(first, evil, {})])
tar('swallows.tar.gz', before=[('big.bin', b'\0' * (300 << 20), {})])
tar('large.tar.gz', before=[(first, b'/* */\n' * (1 << 20), {})])
tar('crowd.tar', mode='w',
    before=[('crowd/%d' % n, b'', {}) for n in range(20000)])
zipped('climbs.zip', more=[('../' + first, evil), ('/' + first, evil)])
zipped('bomb.zip', more=[(lab + '/%d.c' % n, b'\0' * 60000)
                         for n in range(400)])
with open(path('cut.tar.gz'), 'wb') as out, open(path('gzip.tar.gz'),
                                                 'rb') as whole:
    out.write(whole.read()[:-200])
with open(path('cut.zip'), 'wb') as out, open(path('plain.zip'), 'rb') as whole:
    out.write(whole.read()[:700])
with open(path('noise.tar.gz'), 'wb') as out:
    out.write(b'\x1f\x8b\x08\0\0\0\0\0\0\3' + b'no deflate at all' * 50)
with open(path('text.zip'), 'wb') as out:
    out.write(b'I have handed it in on paper.\n')
with open(path('nothing.tar'), 'wb') as out:
    pass
# A file that promises more bytes than there are.
with open(path('lies.tar'), 'wb') as out, open(path('plain.tar'),
                                               'rb') as whole:
    head = bytearray(whole.read(512))
    head[124:136] = b'77777777777\0'
    head[148:156] = b' ' * 8
    head[148:156] = b'%06o\0 ' % sum(head)
    out.write(head + b'short')
# A zip whose files are locked: the bit alone is what a reader goes by.
with open(path('plain.zip'), 'rb') as whole:
    raw = bytearray(whole.read())
at = 0
while (at := raw.find(b'PK\3\4', at)) >= 0:
    flags = struct.unpack_from('<H', raw, at + 6)[0]
    struct.pack_into('<H', raw, at + 6, flags | 1)
    at += 4
at = 0
while (at := raw.find(b'PK\1\2', at)) >= 0:
    flags = struct.unpack_from('<H', raw, at + 8)[0]
    struct.pack_into('<H', raw, at + 8, flags | 1)
    at += 4
with open(path('locked.zip'), 'wb') as out:
    out.write(raw)
