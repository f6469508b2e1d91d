/** Something to decide, from below on a phone and in the middle of a larger screen. */

import { Drawer, Modal } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import type { ReactNode } from "react";
import classes from "./ui.module.css";

interface SheetProps {
  title: ReactNode;
  opened: boolean;
  onClose: () => void;
  children: ReactNode;
}

export function Sheet({ title, opened, onClose, children }: SheetProps) {
  const isPhone = useMediaQuery("(max-width: 48em)", true, { getInitialValueInEffect: false });
  const shared = {
    opened,
    onClose,
    title: <span className={classes.sheetTitle}>{title}</span>,
    radius: "lg",
    closeButtonProps: { "aria-label": "Close", size: 44 },
    transitionProps: { duration: 120 },
    // However long a name is, the way out stays beside it.
    styles: { title: { minWidth: 0 }, close: { flex: "none" } },
  } as const;
  if (!isPhone) {
    return (
      <Modal {...shared} centered>
        {children}
      </Modal>
    );
  }
  return (
    <Drawer
      {...shared}
      position="bottom"
      size="auto"
      styles={{
        ...shared.styles,
        content: {
          maxHeight: "88dvh",
          height: "auto",
          borderBottomLeftRadius: 0,
          borderBottomRightRadius: 0,
        },
        body: { paddingBottom: "calc(16px + env(safe-area-inset-bottom))" },
      }}
    >
      {children}
    </Drawer>
  );
}
