/** How everything looks: the system's own letters, one accent, round and calm. */

import { createTheme, DEFAULT_THEME } from "@mantine/core";

const LETTERS = { color: "var(--mantine-color-text)" };

export const theme = createTheme({
  primaryColor: "indigo",
  // One step darker than usual: white on it keeps a contrast of 4.5 and more.
  primaryShade: { light: 7, dark: 7 },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  autoContrast: true,
  fontFamily: DEFAULT_THEME.fontFamily,
  headings: { fontWeight: "650" },
  components: {
    // The accent colours of a notice are too light for its title's letters, and white text would outshine the title.
    Alert: { defaultProps: { styles: { title: LETTERS, message: LETTERS } } },
    Button: { defaultProps: { size: "md" } },
    TextInput: { defaultProps: { size: "md" } },
    PasswordInput: { defaultProps: { size: "md" } },
    NativeSelect: { defaultProps: { size: "md" } },
    SegmentedControl: { defaultProps: { size: "md" } },
    ActionIcon: { defaultProps: { size: 44, variant: "subtle" } },
  },
});
