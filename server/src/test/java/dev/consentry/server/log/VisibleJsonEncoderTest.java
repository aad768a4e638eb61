package dev.consentry.server.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.joran.spi.JoranException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

/** The server's own log: an event a line, whatever it says. */
final class VisibleJsonEncoderTest {
  private static final String HOSTILE =
      "\" \\ \r\n \u001B[2J \0 \u2028\u2029 \u202E\u2066 \u200B\uFEFF \uD800 \u007F\u0085 ${jndi:x} %s";

  @Test
  void encode_hostileText_isOneLineAndReadBack() {
    assertHolds(new VisibleJsonEncoder());
  }

  @Test
  void encode_mutantLogbacksOwn_isFound() {
    assertThrows(AssertionError.class, () -> assertHolds(new JsonEncoder()));
  }

  @Test
  void configuration_standardError_hasThisEncoder() throws JoranException {
    var context = new LoggerContext();
    var configurator = new JoranConfigurator();
    configurator.setContext(context);
    configurator.doConfigure(VisibleJsonEncoderTest.class.getResource("/logback.xml"));
    var appender =
        assertInstanceOf(ConsoleAppender.class, context.getLogger("ROOT").getAppender("stderr"));
    assertInstanceOf(VisibleJsonEncoder.class, appender.getEncoder());
    context.stop();
  }

  private static void assertHolds(JsonEncoder encoder) {
    encoder.setWithMDC(false);
    encoder.setWithFormattedMessage(true);
    var context = new LoggerContext();
    var event =
        new LoggingEvent(
            "here",
            context.getLogger("dev.consentry.test"),
            Level.ERROR,
            "said {}",
            new IllegalStateException(HOSTILE),
            new Object[] {HOSTILE});
    event.addKeyValuePair(new KeyValuePair("id", HOSTILE));
    Map<String, Object> read = read(encoder, event);
    assertEquals("said " + HOSTILE, read.get("formattedMessage"));
    assertEquals(List.of(Map.of("id", HOSTILE)), read.get("kvpList"));
    assertEquals(HOSTILE, assertInstanceOf(Map.class, read.get("throwable")).get("message"));
  }

  private static Map<String, Object> read(JsonEncoder encoder, ILoggingEvent event) {
    var lines = JsonLines.parse(new String(encoder.encode(event), StandardCharsets.UTF_8));
    assertEquals(1, lines.size());
    return lines.getFirst();
  }
}
