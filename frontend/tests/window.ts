/** The browser around the page: what is in its address bar, and how large its screen is. */

interface HappyWindow {
  happyDOM: {
    setURL: (address: string) => void;
    setViewport: (size: { width: number; height: number }) => void;
  };
}

function browser(): HappyWindow["happyDOM"] {
  return (window as unknown as HappyWindow).happyDOM;
}

/** Look at the page on another screen. */
export function onScreen(size: { width: number; height: number }): void {
  browser().setViewport(size);
}

/** Put another address into the browser's bar, without loading anything. */
export function goTo(address: string): void {
  browser().setURL(address);
}
