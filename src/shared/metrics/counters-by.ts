// Counters of one metric that differ in one label, made when its value is first seen. Only for values that we choose: whoever
// could choose them from outside could make series without end.

/**
 * @param counterOf makes the counter of one value.
 * @param usual those that are there from the start, so that the first event is an increase
 * (https://prometheus.io/docs/practices/instrumentation/, missing metrics).
 */
export function countersBy<Value>(counterOf: (value: Value) => () => void, usual: readonly Value[]): (value: Value) => void {
  const counters = new Map(usual.map((value) => [value, counterOf(value)]));

  function add(value: Value): () => void {
    const counter = counterOf(value);
    counters.set(value, counter);
    return counter;
  }

  return (value) => (counters.get(value) ?? add(value))();
}
