import { screen } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Sheet } from "../../src/ui/Sheet";
import { show } from "../page";
import { onScreen } from "../window";

const DESKTOP = { width: 1_024, height: 768 };
const PHONE = { width: 360, height: 740 };

afterEach(() => onScreen(DESKTOP));

describe.each([
  ["a phone", PHONE, "Drawer"],
  ["a desktop", DESKTOP, "Modal"],
])("a sheet on %s", (_, size, kind) => {
  it("is a dialogue with a name, something to decide, and a way out", async () => {
    onScreen(size);
    const leave = vi.fn();
    const { user } = show(
      <Sheet opened title="Close the session?" onClose={leave}>
        <button type="button">Close it</button>
      </Sheet>,
    );
    const dialog = await screen.findByRole("dialog", { name: "Close the session?" });
    expect(dialog.className).toContain(kind);
    expect(screen.getByRole("button", { name: "Close it" })).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Close" }));
    expect(leave).toHaveBeenCalledOnce();
  });

  it("that is not open shows nothing", () => {
    onScreen(size);
    show(
      <Sheet opened={false} title="Close the session?" onClose={vi.fn()}>
        <button type="button">Close it</button>
      </Sheet>,
    );
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(screen.queryByText("Close it")).toBeNull();
  });
});
