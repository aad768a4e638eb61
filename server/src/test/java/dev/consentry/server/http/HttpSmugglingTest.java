package dev.consentry.server.http;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.http.HttpCompliance;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Requests that two readers could take for two different things. Behind each one stands another
 * request: if that were answered, somebody could have sent it in somebody else's name.
 */
final class HttpSmugglingTest {
  private static final String SMUGGLED = "GET /path/smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final String HEAD = "POST /echo HTTP/1.1\r\nHost: a\r\n";

  private static TestPort port;

  @BeforeAll
  static void open() throws Exception {
    port = TestPort.open();
  }

  @AfterAll
  static void close() {
    port.close();
  }

  /** By name. Each has an end such that what follows would be read as the next request. */
  private static Map<String, String> corpus() {
    var all = new LinkedHashMap<String, String>();
    addLengths(all);
    addEncodings(all);
    addChunks(all);
    addLines(all);
    addRequestLines(all);
    return all;
  }

  private static void addLengths(Map<String, String> all) {
    all.put("two lengths", HEAD + "Content-Length: 0\r\nContent-Length: 5\r\n\r\n");
    all.put(
        "two lengths, larger first", HEAD + "Content-Length: 5\r\nContent-Length: 0\r\n\r\nhello");
    all.put("the same length twice", HEAD + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello");
    all.put("a list of lengths", HEAD + "Content-Length: 5, 5\r\n\r\nhello");
    all.put("a length with a sign", HEAD + "Content-Length: +5\r\n\r\nhello");
    all.put("a negative length", HEAD + "Content-Length: -1\r\n\r\n");
    all.put("a length in hexadecimal", HEAD + "Content-Length: 0x5\r\n\r\nhello");
    all.put("a length with a fraction", HEAD + "Content-Length: 5.0\r\n\r\nhello");
    all.put("a length with a space in it", HEAD + "Content-Length: 5 5\r\n\r\nhello");
    all.put("a length over 64 bits", HEAD + "Content-Length: 18446744073709551621\r\n\r\nhello");
    all.put("an empty length", HEAD + "Content-Length:\r\n\r\n");
    all.put(
        "a length of full-width digits", HEAD + "Content-Length: \u00ef\u00bc\u0095\r\n\r\nhello");
  }

  private static void addEncodings(Map<String, String> all) {
    String chunks = "\r\n\r\n0\r\n\r\n";
    all.put(
        "length, then chunked", HEAD + "Content-Length: 5\r\nTransfer-Encoding: chunked" + chunks);
    all.put(
        "chunked, then length", HEAD + "Transfer-Encoding: chunked\r\nContent-Length: 5" + chunks);
    all.put(
        "chunked in two lines",
        HEAD + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked" + chunks);
    all.put("chunked twice in a line", HEAD + "Transfer-Encoding: chunked, chunked" + chunks);
    all.put("identity", HEAD + "Transfer-Encoding: identity" + chunks);
    all.put("chunked, then identity", HEAD + "Transfer-Encoding: chunked, identity" + chunks);
    all.put("identity, then chunked", HEAD + "Transfer-Encoding: identity, chunked" + chunks);
    all.put(
        "identity line, then chunked",
        HEAD + "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked" + chunks);
    all.put("gzip, then chunked", HEAD + "Transfer-Encoding: gzip, chunked" + chunks);
    all.put("xchunked", HEAD + "Transfer-Encoding: xchunked" + chunks);
    all.put("chunked with a parameter", HEAD + "Transfer-Encoding: chunked;q=1" + chunks);
    all.put("quoted chunked", HEAD + "Transfer-Encoding: \"chunked\"" + chunks);
    all.put("vertical tab and chunked", HEAD + "Transfer-Encoding: \u000bchunked" + chunks);
    all.put("empty encoding", HEAD + "Transfer-Encoding:" + chunks);
    all.put("empty, then chunked", HEAD + "Transfer-Encoding: , chunked" + chunks);
    all.put(
        "chunked in HTTP/1.0",
        "POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked" + chunks);
    all.put(
        "chunked and length in HTTP/1.0",
        "POST /echo HTTP/1.0\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked"
            + chunks);
  }

  private static void addChunks(Map<String, String> all) {
    String head = HEAD + "Transfer-Encoding: chunked\r\n\r\n";
    all.put("chunk size with 0x", head + "0x5\r\nhello\r\n0\r\n\r\n");
    all.put("chunk size with a sign", head + "+5\r\nhello\r\n0\r\n\r\n");
    all.put("negative chunk size", head + "-5\r\nhello\r\n0\r\n\r\n");
    all.put("chunk size over 32 bits", head + "100000005\r\nhello\r\n0\r\n\r\n");
    all.put("chunk size over 64 bits", head + "10000000000000005\r\nhello\r\n0\r\n\r\n");
    all.put("chunk size with a space before it", head + " 5\r\nhello\r\n0\r\n\r\n");
    all.put("chunk size of no digit", head + "\r\nhello\r\n0\r\n\r\n");
    all.put("chunk size that is a word", head + "five\r\nhello\r\n0\r\n\r\n");
    all.put("chunk size ended by LF", head + "5\nhello\r\n0\r\n\r\n");
    all.put("chunk ended by LF", head + "5\r\nhello\n0\r\n\r\n");
    all.put("chunk without an end", head + "5\r\nhello0\r\n\r\n");
    all.put("chunk that is longer than said", head + "5\r\nhello!\r\n0\r\n\r\n");
    all.put("extension ended by LF", head + "5;a\nhello\r\n0\r\n\r\n");
    all.put("extension with a bare CR", head + "5;a\rb\r\nhello\r\n0\r\n\r\n");
    all.put("last chunk ended by LF", head + "5\r\nhello\r\n0\n\r\n");
    all.put("trailers ended by LF", head + "5\r\nhello\r\n0\r\n\n");
    all.put("folded trailer", head + "5\r\nhello\r\n0\r\na: b\r\n c\r\n\r\n");
  }

  private static void addLines(Map<String, String> all) {
    all.put("LF instead of CRLF", "GET /livez HTTP/1.1\nHost: a\n\n");
    all.put("LF after the request line", "GET /livez HTTP/1.1\nHost: a\r\n\r\n");
    all.put("LF after a header", "GET /livez HTTP/1.1\r\nHost: a\nb: c\r\n\r\n");
    all.put("LF at the end of headers", "GET /livez HTTP/1.1\r\nHost: a\r\n\n");
    all.put("CR instead of CRLF", "GET /livez HTTP/1.1\rHost: a\r\r");
    all.put("CR in a value", "GET /livez HTTP/1.1\r\nHost: a\r\nb: c\rd\r\n\r\n");
    all.put("CR CR LF", "GET /livez HTTP/1.1\r\nHost: a\r\nb: c\r\r\n\r\n");
    all.put("NUL in a value", "GET /livez HTTP/1.1\r\nHost: a\r\nb: c\0d\r\n\r\n");
    all.put("NUL in a name", "GET /livez HTTP/1.1\r\nHost: a\r\nb\0: c\r\n\r\n");
    all.put("NUL in the target", "GET /livez\0 HTTP/1.1\r\nHost: a\r\n\r\n");
    all.put("obsolete folding", "GET /livez HTTP/1.1\r\nHost: a\r\nb: c\r\n d: e\r\n\r\n");
    all.put("folded encoding", HEAD + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n");
    all.put("folded first header", "GET /livez HTTP/1.1\r\n Host: a\r\n\r\n");
    all.put("space before the colon", HEAD + "Content-Length : 5\r\n\r\nhello");
    all.put("tab before the colon", HEAD + "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n");
    all.put("space in a name", "GET /livez HTTP/1.1\r\nHost: a\r\nb c: d\r\n\r\n");
    all.put("no colon", "GET /livez HTTP/1.1\r\nHost: a\r\nb\r\n\r\n");
    all.put("no name", "GET /livez HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n");
    all.put("no host", "GET /livez HTTP/1.1\r\n\r\n");
    all.put("empty host", "GET /livez HTTP/1.1\r\nHost:\r\n\r\n");
    all.put("two hosts", "GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
    all.put("the same host twice", "GET /livez HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n");
    all.put("a list of hosts", "GET /livez HTTP/1.1\r\nHost: a, b\r\n\r\n");
    all.put("a host with a path", "GET /livez HTTP/1.1\r\nHost: a/b\r\n\r\n");
    all.put("a host with a user", "GET /livez HTTP/1.1\r\nHost: u@a\r\n\r\n");
    all.put(
        "10,000 headers",
        "GET /livez HTTP/1.1\r\nHost: a\r\n" + "b: c\r\n".repeat(10_000) + "\r\n");
    all.put(
        "a header of 100 KiB",
        "GET /livez HTTP/1.1\r\nHost: a\r\nb: " + "c".repeat(100 << 10) + "\r\n\r\n");
  }

  private static void addRequestLines(Map<String, String> all) {
    all.put("a tab before the target", "GET\t/livez HTTP/1.1\r\nHost: a\r\n\r\n");
    all.put("a space in the target", "GET /livez b HTTP/1.1\r\nHost: a\r\n\r\n");
    all.put("a space after the version", "GET /livez HTTP/1.1 \r\nHost: a\r\n\r\n");
    all.put("a space before the method", " GET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
    all.put("no version", "GET /livez\r\n");
    all.put("version 0.9", "GET /livez HTTP/0.9\r\nHost: a\r\n\r\n");
    all.put("version 1.2", "GET /livez HTTP/1.2\r\nHost: a\r\n\r\n");
    all.put("version 2.0", "GET /livez HTTP/2.0\r\nHost: a\r\n\r\n");
    all.put("another protocol", "GET /livez ICAP/1.0\r\nHost: a\r\n\r\n");
    all.put("method with a colon", "G:T /livez HTTP/1.1\r\nHost: a\r\n\r\n");
    all.put("absolute form", "GET http://a/livez HTTP/1.1\r\nHost: a\r\n\r\n");
    all.put("absolute form, another host", "GET http://b/livez HTTP/1.1\r\nHost: a\r\n\r\n");
    all.put("a host in the target", "GET //a/livez HTTP/1.1\r\nHost: a\r\n\r\n");
    all.put("no path", "GET livez HTTP/1.1\r\nHost: a\r\n\r\n");
    all.put("asterisk", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    all.put("authority", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n");
    all.put("the preface of HTTP/2 with a header", "PRI * HTTP/2.0\r\nHost: a\r\n\r\nSM\r\n\r\n");
    all.put("a preface with another method", "PRJ * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  }

  /** By name: what a request may not ask for, in an otherwise good one. */
  private static Map<String, String> targets() {
    var all = new LinkedHashMap<String, String>();
    all.put("a fragment", "/livez#a");
    all.put("dot segments", "/path/../livez");
    all.put("escaped dot segments", "/path/%2e%2e/livez");
    all.put("dot segment with a parameter", "/path/..;/livez");
    all.put("an escaped slash", "/path%2flivez");
    all.put("an empty segment", "/path//livez");
    all.put("an escaped escape", "/path/%252e");
    all.put("half an escape", "/path/%2");
    all.put("an escape of no digits", "/path/%zz");
    all.put("an escape of UTF-16", "/path/%u002e");
    all.put("an escape of half a character", "/path/%c3");
    all.put("an escape too long for its character", "/path/%c0%ae");
    all.put("a backslash", "/path/\\livez");
    all.put("bytes over 127", "/path/\u00e9");
    all.put("an escaped NUL", "/path/%00");
    return all;
  }

  @TestFactory
  List<DynamicTest> ambiguousRequest_withAnotherBehind_isRefusedAndNothingElseAnswered() {
    var tests = new ArrayList<DynamicTest>();
    corpus()
        .forEach((name, request) ->
            tests.add(DynamicTest.dynamicTest(name, () -> requireRefused(request))));
    return tests;
  }

  private static void requireRefused(String request) throws Exception {
    port.served.clear();
    String said = port.exchange(request + SMUGGLED);
    List<Integer> statuses = RawHttp.statuses(said);
    assertAll(
        () -> assertTrue(statuses.size() <= 1, said),
        () -> assertTrue(statuses.stream().allMatch(s -> s >= 400 && s < 500 || s == 505), said),
        () -> assertEquals(List.of(), port.served));
  }

  @Test
  void corpus_againstAMutantThatReadsLoosely_findsIt() throws Exception {
    try (var mutant = new StockJetty(HttpCompliance.RFC2616_LEGACY)) {
      var found = new ArrayList<String>();
      for (var entry : corpus().entrySet()) {
        String said = RawHttp.exchange(mutant.address(), entry.getValue() + SMUGGLED);
        if (RawHttp.statuses(said).equals(List.of(200, 200))) {
          found.add(entry.getKey());
        }
      }
      assertTrue(
          found.containsAll(
              List.of("length, then chunked", "gzip, then chunked", "LF after a header")),
          found.toString());
    }
  }

  @TestFactory
  List<DynamicTest> target_thatCouldBeRepaired_isRefused() {
    var tests = new ArrayList<DynamicTest>();
    targets()
        .forEach((name, target) ->
            tests.add(
                DynamicTest.dynamicTest(
                    name,
                    () -> {
                      port.served.clear();
                      String said = port.exchange("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
                      assertEquals(List.of(400), RawHttp.statuses(said), said);
                      assertEquals(List.of(), port.served);
                    })));
    return tests;
  }

  /** Read loosely (RFC 9112, 3), but there is only one thing that it could mean. */
  @Test
  void requestLine_withMoreSpacesAndSmallLetters_meansTheSame() throws Exception {
    String said = port.exchange("GET   /path/a   http/1.1\r\nHost: a\r\n\r\n");

    assertEquals(List.of(200), RawHttp.statuses(said), said);
    assertTrue(said.endsWith("\r\n\r\n/path/a"), said);
  }

  @Test
  void wellFormedRequests_oneAfterTheOther_areAllAnswered() throws Exception {
    port.served.clear();
    String said =
        port.exchange(
            HEAD
                + "Content-Length: 5\r\n\r\nhello"
                + HEAD
                + "transfer-encoding: CHUNKED\r\n\r\n5;a=b\r\nhello\r\n0\r\nc: d\r\n\r\n"
                + "\r\n"
                + SMUGGLED);

    assertEquals(List.of(200, 200, 200), RawHttp.statuses(said), said);
    assertEquals(
        List.of("POST /echo hello", "POST /echo hello", "GET /path/smuggled "), port.served);
  }
}
