package dev.consentry.server.table;

import java.util.AbstractMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * A concurrent map with room for one key, as the table sees Caffeine's: what computes excludes what
 * computes, a look-up and a walk see only what was put before. A model checker gets through it in a
 * few steps, where it would spend thousands on the insides of a real one.
 */
final class OneKeyMap<K, V> extends AbstractMap<K, V> implements ConcurrentMap<K, V> {
  private final AtomicReference<Map.@Nullable Entry<K, V>> slot = new AtomicReference<>();
  private final Runnable onLookUp;

  /**
   * @param onLookUp runs after each look-up
   */
  OneKeyMap(Runnable onLookUp) {
    this.onLookUp = onLookUp;
  }

  @Override
  public @Nullable V get(Object key) {
    var entry = slot.get();
    onLookUp.run();
    return entry == null ? null : entry.getValue();
  }

  @Override
  public synchronized @Nullable V compute(
      K key, BiFunction<? super K, ? super @Nullable V, ? extends @Nullable V> function) {
    var entry = slot.get();
    V made = function.apply(key, entry == null ? null : entry.getValue());
    slot.set(made == null ? null : Map.entry(key, made));
    return made;
  }

  @Override
  public synchronized @Nullable V computeIfPresent(
      K key, BiFunction<? super K, ? super V, ? extends @Nullable V> function) {
    return slot.get() == null ? null : compute(key, function);
  }

  @Override
  public synchronized @Nullable V remove(Object key) {
    slot.set(null);
    return null;
  }

  @Override
  public Set<K> keySet() {
    var entry = slot.get();
    return entry == null ? Set.of() : Set.of(entry.getKey());
  }

  @Override
  public Set<Map.Entry<K, V>> entrySet() {
    throw new UnsupportedOperationException();
  }

  @Override
  public V putIfAbsent(K key, V value) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean remove(Object key, Object value) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean replace(K key, V oldValue, V newValue) {
    throw new UnsupportedOperationException();
  }

  @Override
  public V replace(K key, V value) {
    throw new UnsupportedOperationException();
  }
}
