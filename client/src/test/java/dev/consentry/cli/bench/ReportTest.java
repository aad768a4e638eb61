package dev.consentry.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.StringReader;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;

/** What a report says, as JSON and as a page. */
final class ReportTest {
  private static final long MILLI = 1_000_000;

  @Test
  void json_ofALoad_isAllOfIt() {
    JsonObject json =
        JsonParser.parseString(ReportJson.of(report(new Pace.Open(100)))).getAsJsonObject();

    assertEquals("127.0.0.1:8980", json.get("server").getAsString());
    assertEquals("2026-11-23T10:12:30Z", json.get("startTime").getAsString());
    assertEquals(100, json.get("askedPerSecond").getAsDouble());
    assertEquals(45, json.get("achievedPerSecond").getAsDouble());
    assertEquals("errors", json.get("limitedBy").getAsString());
    assertEquals(80, json.getAsJsonObject("answersByOutcome").get("ALLOW").getAsInt());
    assertEquals(110, json.getAsJsonObject("errorsByReason").get("UNAVAILABLE <&>").getAsInt());
    JsonObject latency = json.getAsJsonObject("latencyNanos");
    assertEquals(45 * MILLI, latency.get("p50").getAsDouble(), 0.01 * 45 * MILLI);
    assertEquals(90 * MILLI, latency.get("max").getAsDouble(), 0.01 * 90 * MILLI);
    assertEquals(
        90 * MILLI, last(json, "latencyDistribution").get("nanos").getAsDouble(), 0.9 * MILLI);
    assertEquals(42, json.getAsJsonObject("settings").get("seed").getAsInt());
    assertEquals(40, last(json, "timeline").get("answers").getAsInt());
  }

  @Test
  void page_ofALoad_isWellFormedAndNeedsNothingElse() throws Exception {
    String page = ReportPage.of(report(new Pace.Open(100)));

    Document document = parsed(page);
    assertEquals(2, document.getElementsByTagName("svg").getLength());
    assertEquals(
        "Latency by percentile",
        ((Element) document.getElementsByTagName("svg").item(0)).getAttribute("aria-label"));
    assertEquals(
        "Throughput over time",
        ((Element) document.getElementsByTagName("svg").item(1)).getAttribute("aria-label"));
    for (String elsewhere : List.of("://", "url(", "@import", "src=", "href=", "<script", "NaN")) {
      assertFalse(page.contains(elsewhere), elsewhere);
    }
    for (String said :
        List.of("p99.9", "UNAVAILABLE &lt;&amp;&gt;", ">99 %<", "seed 42", "45.0/s")) {
      assertTrue(page.contains(said), said);
    }
    assertTrue(page.contains("prefers-color-scheme: dark"));
    assertTrue(page.contains("class=\"asked\"") && page.contains("class=\"errors\""));
  }

  @Test
  void page_ofAClosedLoop_hasNoAskedRate() throws Exception {
    String page = ReportPage.of(report(new Pace.Closed(3)));

    parsed(page);
    assertFalse(page.contains("class=\"asked\""));
    assertTrue(page.contains("3 calls in flight"));
  }

  @Test
  void reports_ofNothing_areStillReports() throws Exception {
    Report nothing =
        new Report(
            "h:1",
            Loads.unary(new Pace.Open(1)),
            Instant.EPOCH,
            0,
            true,
            0,
            0,
            Map.of(),
            Map.of(),
            0,
            0,
            histogram(0),
            histogram(0),
            List.of());

    assertEquals(2, parsed(ReportPage.of(nothing)).getElementsByTagName("svg").getLength());
    assertTrue(JsonParser.parseString(ReportJson.of(nothing)).isJsonObject());
    assertEquals("", nothing.shortfall());
  }

  @ParameterizedTest
  @CsvSource({
    "990, 0, 0, 0, ''",
    "989, 0, 0, 11, this machine could not send faster (bench used 1.50 cores)",
    "989, 11, 0, 0, errors",
    "500, 100, 3, 400, '10,000 calls were in flight, as many as may be: answers came too slowly'",
    "500, 0, 0, 0, 'answers came late: after the last question was sent'",
  })
  void shortfall_ofAThousandAsked_isWhatLimitedIt(
      long answers, long errors, long heldUp, long unsent, String expected) {
    Report report =
        new Report(
            "h:1",
            Loads.unary(new Pace.Open(1_000)),
            Instant.EPOCH,
            1,
            false,
            1_000,
            unsent,
            Map.of("ALLOW", answers),
            Map.of("UNAVAILABLE", errors),
            heldUp,
            1.5,
            histogram(0),
            histogram(0),
            List.of());

    assertEquals(expected, report.shortfall());
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0.00 µs",
    "1234, 1.23 µs",
    "412000, 412 µs",
    "999999, 1000 µs",
    "1000000, 1.00 ms",
    "12340000, 12.3 ms",
    "2010000000, 2.01 s",
  })
  void latency_ofNanoseconds_hasThreeDigits(long nanos, String expected) {
    assertEquals(expected, Amounts.latency(nanos));
  }

  private static Document parsed(String page) throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
    return factory.newDocumentBuilder().parse(new InputSource(new StringReader(page)));
  }

  private static JsonObject last(JsonObject json, String list) {
    var rows = json.getAsJsonArray(list);
    return rows.get(rows.size() - 1).getAsJsonObject();
  }

  private static Report report(Pace pace) {
    return new Report(
        "127.0.0.1:8980",
        Loads.unary(pace),
        Loads.CLOCK.instant(),
        2,
        false,
        200,
        0,
        Map.of("ALLOW", 80L, "DENY NO_GRANT", 10L),
        Map.of("UNAVAILABLE <&>", 110L),
        0,
        0.25,
        histogram(90),
        histogram(90),
        List.of(
            new Second(0, 1, 100, 50, 50, MILLI, 2 * MILLI, 3 * MILLI),
            new Second(1, 1, 100, 40, 60, MILLI, 2 * MILLI, 3 * MILLI)));
  }

  /** One value of each millisecond. */
  private static Histogram histogram(int millis) {
    Histogram histogram = new Histogram(Tally.LATENCY_NANOS_MAX, 3);
    for (int i = 1; i <= millis; i++) {
      histogram.recordValue(i * MILLI);
    }
    return histogram;
  }
}
