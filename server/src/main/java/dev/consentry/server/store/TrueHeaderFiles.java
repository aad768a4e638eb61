package dev.consentry.server.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.h2.mvstore.DataUtils;
import org.h2.store.fs.FileBaseDefault;
import org.h2.store.fs.FilePath;
import org.h2.store.fs.FilePathWrapper;
import org.jspecify.annotations.Nullable;

/*
 * H2 2.3 to 2.5 (RandomAccessStore.writeChunk, called by FileStore.storeBuffer before it sets lastChunk) writes, after a
 * chunk that went into a gap of the file, a header that names the chunk before. Recovery starts at the header's chunk or
 * at the end of the file, and follows predicted places from there: a chunk that went elsewhere than predicted is not
 * found, nor is any after it, until the next header. A kill in between lost commits that were synced; seen in one of
 * ten kills. Here the header names the chunk that was written just before it, as it did in H2 2.2.
 */
/** Files in which H2 finds everything again after a crash. Their scheme is {@value #SCHEME}. */
public final class TrueHeaderFiles extends FilePathWrapper {
  static final String SCHEME = "trueheader";

  private static final int BLOCK_BYTES = 4_096;
  private static final Pattern CHUNK = Pattern.compile("^chunk:([0-9a-f]+),.*?version:([0-9a-f]+)");
  private static final Pattern HEADER =
      Pattern.compile(
          "^(H:2,block:)[0-9a-f]+(,.*?chunk:)[0-9a-f]+(,.*?version:)([0-9a-f]+)(.*),fletcher:[0-9a-f]+\n");

  /** For H2, which makes one for every path: the class is public for nobody else. */
  public TrueHeaderFiles() {}

  /** Makes H2 know the scheme. */
  static void register() {
    FilePath.register(new TrueHeaderFiles());
  }

  @Override
  public String getScheme() {
    return SCHEME;
  }

  @Override
  public FileChannel open(String mode) throws IOException {
    return new TrueHeaderFile(getBase().open(mode));
  }

  /** A chunk of the file, by its number, version and place. */
  private record Chunk(String id, long version, long block) {

    /** The chunk that these bytes are the beginning of; null if they are something else. */
    static @Nullable Chunk of(String text, long position) {
      Matcher match = CHUNK.matcher(text);
      return match.find()
          ? new Chunk(match.group(1), Long.parseLong(match.group(2), 16), position / BLOCK_BYTES)
          : null;
    }

    /** The header, with this chunk in it instead of an older one. */
    byte[] in(String header) {
      Matcher match = HEADER.matcher(header);
      if (!match.find() || Long.parseLong(match.group(4), 16) >= version) {
        return new byte[0];
      }
      String text =
          match.group(1)
              + Long.toHexString(block)
              + match.group(2)
              + id
              + match.group(3)
              + Long.toHexString(version)
              + match.group(5);
      byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
      int checksum = DataUtils.getFletcher32(bytes, 0, bytes.length);
      return (text + ",fletcher:" + Integer.toHexString(checksum) + "\n")
          .getBytes(StandardCharsets.ISO_8859_1);
    }
  }

  /** Passes everything on, and puts headers right. */
  private static final class TrueHeaderFile extends FileBaseDefault {
    private final FileChannel base;
    private @Nullable Chunk latest;

    TrueHeaderFile(FileChannel base) {
      this.base = base;
    }

    @Override
    public synchronized int write(ByteBuffer bytes, long position) throws IOException {
      if (position == 0) {
        return base.write(corrected(bytes), position);
      }
      Chunk chunk = Chunk.of(start(bytes), position);
      if (chunk != null) {
        latest = chunk;
      }
      return base.write(bytes, position);
    }

    /** Both copies of the header are in it. */
    private ByteBuffer corrected(ByteBuffer header) {
      byte[] text = latest == null ? new byte[0] : latest.in(start(header));
      if (text.length == 0 || header.remaining() != 2 * BLOCK_BYTES) {
        return header;
      }
      header.position(header.limit());
      return ByteBuffer.allocate(2 * BLOCK_BYTES).put(0, text).put(BLOCK_BYTES, text);
    }

    private static String start(ByteBuffer bytes) {
      byte[] start = new byte[Math.min(bytes.remaining(), 512)];
      bytes.get(bytes.position(), start);
      return new String(start, StandardCharsets.ISO_8859_1);
    }

    // The file below reads at a position for many threads at once.
    @SuppressWarnings("UnsynchronizedOverridesSynchronized")
    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      return base.read(into, position);
    }

    @Override
    public long size() throws IOException {
      return base.size();
    }

    @Override
    protected void implTruncate(long size) throws IOException {
      base.truncate(size);
    }

    @Override
    public void force(boolean metaData) throws IOException {
      base.force(metaData);
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) throws IOException {
      return base.tryLock(position, size, shared);
    }

    @Override
    protected void implCloseChannel() throws IOException {
      base.close();
    }
  }
}
