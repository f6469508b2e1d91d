/** The product's mark: a framed face position with a tick. */

export function Logo({ size }: { size: number }) {
  return <img src="/favicon.svg" width={size} height={size} alt="" />;
}
