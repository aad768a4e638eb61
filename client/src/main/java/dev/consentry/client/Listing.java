package dev.consentry.client;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * A list that the server gives page by page. Each iteration starts anew and asks for a page when it
 * is reached, so that it may throw {@link ConsentryException} on the way.
 *
 * @param <P> the reply that holds a page
 * @param <T> a row
 */
public final class Listing<P, T> implements Iterable<T> {
  private final Function<String, P> fetch;
  private final Function<P, String> next;
  private final Function<P, List<T>> rows;

  /**
   * @param fetch gives the page that a token names, the first for an empty one
   * @param next gives the token of the page after, empty after the last
   * @param rows gives the rows of a page
   */
  Listing(Function<String, P> fetch, Function<P, String> next, Function<P, List<T>> rows) {
    this.fetch = fetch;
    this.next = next;
    this.rows = rows;
  }

  @Override
  public Iterator<T> iterator() {
    return stream().iterator();
  }

  /** All rows, page by page. */
  public Stream<T> stream() {
    return StreamSupport.stream(pages().spliterator(), false)
        .flatMap(page -> rows.apply(page).stream());
  }

  /** The replies themselves, with what stands beside the rows. */
  public Iterable<P> pages() {
    return PageIterator::new;
  }

  private final class PageIterator implements Iterator<P> {
    private @Nullable String token = "";

    @Override
    public boolean hasNext() {
      return token != null;
    }

    @Override
    public P next() {
      if (token == null) {
        throw new NoSuchElementException();
      }
      P page = fetch.apply(token);
      String following = next.apply(page);
      token = following.isEmpty() ? null : following;
      return page;
    }
  }
}
