// A QR code: black on white in both themes, since cameras read nothing else as well. As large as the place that it is given.
import { useMemo } from "preact/hooks";
import { qrPath } from "../qr-path.ts";

/** @param label what it leads to, for who cannot see it */
export function QrCode({ text, label }: { readonly text: string; readonly label: string }) {
  const { size, path } = useMemo(() => qrPath(text), [text]);
  return (
    <svg class="qr-code" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <path class="qr-light" d={`M0 0h${size}v${size}h-${size}z`} />
      <path class="qr-dark" d={path} />
    </svg>
  );
}
