using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;

namespace Assay.Scanning.Tests.Archive;

/// <summary>What real writers write is never more than a note.</summary>
public sealed class HonestArchiveTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("assay-archives-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Archives_of_this_framework_are_clean()
    {
        using var zip = new MemoryStream();
        using (var archive = new ZipArchive(new Unseekable(zip), ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, level) in new[] { ("a/data.pkl", CompressionLevel.NoCompression), ("b.txt", CompressionLevel.Optimal), ("é.txt", CompressionLevel.Fastest), ("empty", CompressionLevel.Optimal), ("d/", CompressionLevel.Optimal) })
            {
                using var entry = archive.CreateEntry(name, level).Open();
                if (name is not ("empty" or "d/"))
                    entry.Write(new byte[5000]);
            }
        }

        Assert.Empty(ArchiveScan.Serious(zip.ToArray()));

        foreach (var format in new[] { TarEntryFormat.Gnu, TarEntryFormat.Pax, TarEntryFormat.Ustar, TarEntryFormat.V7 })
        {
            using var tar = new MemoryStream();
            using (var writer = new TarWriter(tar, format, leaveOpen: true))
            {
                TarEntry entry = format switch
                {
                    TarEntryFormat.Gnu => new GnuTarEntry(TarEntryType.RegularFile, new string('n', 160)),
                    TarEntryFormat.Pax => new PaxTarEntry(TarEntryType.RegularFile, "ü/" + new string('n', 160)),
                    TarEntryFormat.Ustar => new UstarTarEntry(TarEntryType.RegularFile, "d/" + new string('n', 90)),
                    _ => new V7TarEntry(TarEntryType.V7RegularFile, "name"),
                };
                entry.DataStream = new MemoryStream(new byte[700]);
                writer.WriteEntry(entry);
            }

            Assert.Empty(ArchiveScan.Serious(tar.ToArray()));
        }
    }

    [Fact]
    public void Archives_of_Python_are_clean()
    {
        var python = new[] { "/usr/bin/python3", "/usr/local/bin/python3" }.FirstOrDefault(File.Exists);
        Assert.SkipWhen(python is null && Environment.GetEnvironmentVariable("CI") is null, "python3 is not installed");
        Assert.True(python is not null, "python3 is needed: apt-get install python3");
        var script = Path.Combine(_folder, "write.py");
        File.WriteAllText(script, Script);
        using var process = Process.Start(new ProcessStartInfo(python, ["-B", script]) { WorkingDirectory = _folder, RedirectStandardError = true, UseShellExecute = false })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error);
        File.Delete(script);
        var files = Directory.GetFiles(_folder);
        Assert.True(files.Length > 12);
        foreach (var file in files)
            Assert.True(ArchiveScan.Serious(File.ReadAllBytes(file), Path.GetFileName(file)) is [], $"{Path.GetFileName(file)}: {string.Join("; ", ArchiveScan.Serious(File.ReadAllBytes(file)))}");
    }

    private const string Script = """
        import bz2, gzip, io, lzma, os, tarfile, zipfile, zlib
        class Pipe(io.RawIOBase):
            def __init__(self, f): self.f = f
            def writable(self): return True
            def write(self, b): return self.f.write(bytes(b))
        def fill(z):
            z.writestr('archive/data.pkl', b'\x80\x02}.')
            z.writestr('é/ü.txt', 'hello ' * 100)
            z.writestr('folder/', '')
            with z.open('big', 'w', force_zip64=True) as f: f.write(os.urandom(30000))
        for method in (0, 8, 12, 14):
            with zipfile.ZipFile(f'seek{method}.zip', 'w', method) as z: fill(z)
            with open(f'pipe{method}.zip', 'wb') as f, zipfile.ZipFile(Pipe(f), 'w', method) as z: fill(z)
        with zipfile.ZipFile('append.zip', 'w') as z: fill(z)
        with zipfile.ZipFile('append.zip', 'a') as z:
            z.writestr('later', '2'); z.comment = b'a comment with PK in it'
        link = zipfile.ZipInfo('l'); link.create_system = 3; link.external_attr = 0o120777 << 16
        with zipfile.ZipFile('link.zip', 'w') as z: z.writestr('a', '1'); z.writestr(link, 'a')
        for name, form in (('gnu', tarfile.GNU_FORMAT), ('pax', tarfile.PAX_FORMAT), ('ustar', tarfile.USTAR_FORMAT)):
            with tarfile.open(name + '.tar', 'w', format=form) as t:
                for member in ('./a.txt', 'x' * 90, 'long/' * 18 + 'name'):
                    info = tarfile.TarInfo(member); info.size = 700; info.uname = 'someone'; t.addfile(info, io.BytesIO(b'x' * 700))
                info = tarfile.TarInfo('./l'); info.type = tarfile.SYMTYPE; info.linkname = 'a.txt'; t.addfile(info)
        with tarfile.open('t.tar.gz', 'w:gz') as t: t.add('gnu.tar')
        open('many.gz', 'wb').write(b''.join(gzip.compress(os.urandom(3000)) for _ in range(4)) + bytes(500))
        open('z.zlib', 'wb').write(zlib.compress(b'hello ' * 500))
        """;

    /// <summary>Makes writers put sizes behind the data.</summary>
    private sealed class Unseekable(Stream inner) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);
    }
}
