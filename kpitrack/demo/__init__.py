"""The demo organisation: real A&E figures of the NHS, and a synthetic web shop."""
