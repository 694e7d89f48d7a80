"""What the consoles make of an exam: series of valid DICOM objects (PS3.3), one file per IOD."""
