// The heading of a view. Takes the focus when the view is new, so that keys and screen readers are where the eye is.
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

/** @param view what is looked at: a new one takes the focus; @param text also of the browser's tab */
export function ViewTitle({ view, text }: { readonly view: string; readonly text: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  // Before the browser paints: who sees the heading may press a key already.
  useLayoutEffect(() => heading.current?.focus({ preventScroll: true }), [view]);
  useEffect(() => {
    document.title = text === "" ? "AIRClass" : `${text} · AIRClass`;
  }, [text]);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {text}
    </h1>
  );
}
