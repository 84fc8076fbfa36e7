// A map that forgets: bounds what strangers can make us remember. Pure.

/** Sets an entry as the newest one, also where the key was there before; beyond `max` entries the oldest is forgotten. */
export function setNewest<Key, Value>(map: Map<Key, Value>, key: Key, value: Value, max: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= max) return;
  const oldest = map.keys().next();
  if (!oldest.done) map.delete(oldest.value);
}
