"""What becomes of each attribute: PS3.15 Table E.1-1 as data, in the keywords of PS3.6.

Where the table leaves a choice, it is the one with which an object of any IOD stays valid: an
empty value for X/Z, a dummy one wherever D is among the choices. Attributes that PS3.6 of our
dictionary does not know are removed whatever they are, so they need no row here. Generated.
"""

from __future__ import annotations

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


REMOVED: Final = _words(
    """
    AcquisitionComments AcquisitionContextDescription AcquisitionProtocolDescription
    ActualHumanPerformersSequence AdditionalPatientHistory AddressTrial AdmissionID AdmittingDate
    AdmittingDiagnosesCodeSequence AdmittingDiagnosesDescription AdmittingTime
    AffectedSOPInstanceUID Allergies AnnotationGroupDescription ApprovalStatusDateTime Arbitrary
    AssertionExpirationDateTime AuthorObserverSequence BeamDescription BolusDescription
    BranchOfService CalibrationDate CalibrationTime CameraOwnerName CassetteID CertifiedTimestamp
    ChannelDerivationDescription ChannelLabel ClinicalTrialProtocolEthicsCommitteeApprovalNumber
    ClinicalTrialSeriesDescription ClinicalTrialSeriesID ClinicalTrialTimePointDescription
    CommentsOnRadiationDose CommentsOnThePerformedProcedureStep CompensatorDescription
    ConfidentialityConstraintOnPatientDataDescription ConsultingPhysicianIdentificationSequence
    ContainerComponentID ContainerDescription ContentCreatorIdentificationCodeSequence
    ContrastBolusStartTime ContrastBolusStopTime ContributionDateTime ContributionDescription
    CountryOfResidence CreationDate CreationTime CurrentObserverTrial CurrentPatientLocation
    CurveDate CurveTime CustodialOrganizationSequence DataSetTrailingPadding
    DateOfDocumentOrVerbalTransactionTrial DateOfInstallation DateOfLastCalibration
    DateOfManufacture DateOfSecondaryCapture DateTimeOfLastCalibration DecompositionDescription
    DerivationDescription DeviceDescription DeviceSettingDescription DigitalSignaturesSequence
    DischargeDate DischargeDiagnosisDescription DischargeTime DisplacementReferenceLabel
    DistributionAddress DistributionName DoseReferenceDescription EntityDescription EntityName
    EquipmentFrameOfReferenceDescription EthicsCommitteeApprovalEffectivenessEndDate
    EthicsCommitteeApprovalEffectivenessStartDate EthnicGroup EthnicGroupCodeSequence
    ExpectedCompletionDateTime FilterLookupTableDescription FindingsGroupRecordingDateTrial
    FindingsGroupRecordingTimeTrial FixationDeviceDescription FractionGroupDescription FrameComments
    GPSAltitude GPSAltitudeRef GPSAreaInformation GPSDOP GPSDateStamp GPSDestBearing
    GPSDestBearingRef GPSDestDistance GPSDestDistanceRef GPSDestLatitude GPSDestLatitudeRef
    GPSDestLongitude GPSDestLongitudeRef GPSDifferential GPSImgDirection GPSImgDirectionRef
    GPSLatitude GPSLatitudeRef GPSLongitude GPSLongitudeRef GPSMapDatum GPSMeasureMode
    GPSProcessingMethod GPSSatellites GPSSpeed GPSSpeedRef GPSStatus GPSTimeStamp GPSTrack
    GPSTrackRef GPSVersionID GantryID GeneratorID HL7DocumentEffectiveTime HardcopyCreationDeviceID
    HumanPerformerName HumanPerformerOrganization IconImageSequence IdentifyingComments
    ImageComments ImagePresentationComments ImagingServiceRequestComments Impressions
    InstanceCoercionDateTime InstanceOriginStatus InstitutionAddress InstitutionalDepartmentName
    InstitutionalDepartmentTypeCodeSequence InsurancePlanIdentification IntendedFractionStartTime
    IntendedRecipientsOfResultsIdentificationSequence InterpretationApprovalDate
    InterpretationApprovalTime InterpretationApproverSequence InterpretationAuthor
    InterpretationDiagnosisDescription InterpretationID InterpretationIDIssuer
    InterpretationRecordedDate InterpretationRecordedTime InterpretationRecorder InterpretationText
    InterpretationTranscriber InterpretationTranscriptionDate InterpretationTranscriptionTime
    InterventionDrugStartTime InterventionDrugStopTime IssueDateOfImagingServiceRequest
    IssueTimeOfImagingServiceRequest IssuerOfAdmissionID IssuerOfAdmissionIDSequence
    IssuerOfClinicalTrialProtocolID IssuerOfClinicalTrialSeriesID IssuerOfClinicalTrialSiteID
    IssuerOfClinicalTrialSubjectID IssuerOfClinicalTrialSubjectReadingID
    IssuerOfClinicalTrialTimePointID IssuerOfPatientID IssuerOfServiceEpisodeID
    IssuerOfServiceEpisodeIDSequence LastMenstrualDate LensMake LensModel LensSerialNumber
    LensSpecification LongDeviceDescription MAC MakerNote MedicalAlerts MedicalRecordLocator
    MilitaryRank ModifiedAttributesSequence ModifiedImageDate ModifiedImageDescription
    ModifiedImageTime ModifyingDeviceID MultienergyAcquisitionDescription MultiplexGroupLabel
    NameOfPhysiciansReadingStudy NamesOfIntendedRecipientsOfResults NetworkID
    NonconformingDataElementValue NonconformingModifiedAttributesSequence ObservationDateTrial
    ObservationStartDateTime ObservationTimeTrial Occupation OrderCallbackPhoneNumber
    OrderCallbackTelecomInformation OrderEnteredBy OrderEntererLocation OriginalAttributesSequence
    Originator OtherClinicalTrialProtocolIDsSequence OtherPatientIDs OtherPatientIDsSequence
    OtherPatientNames OverlayDate OverlayTime ParticipantSequence PatientAddress PatientAge
    PatientBirthName PatientBirthTime PatientComments PatientInstitutionResidence
    PatientInsurancePlanCodeSequence PatientMotherBirthName PatientPrimaryLanguageCodeSequence
    PatientPrimaryLanguageModifierCodeSequence PatientReligiousPreference
    PatientSetupPhotoDescription PatientSize PatientState PatientTelecomInformation
    PatientTelephoneNumbers PatientTransportArrangements
    PatientTreatmentPreparationMethodDescription
    PatientTreatmentPreparationProcedureParameterDescription PatientWeight PerformedLocation
    PerformedProcedureStepDescription PerformedProcedureStepEndDate
    PerformedProcedureStepEndDateTime PerformedProcedureStepEndTime PerformedProcedureStepID
    PerformedProcedureStepStartDate PerformedProcedureStepStartDateTime
    PerformedProcedureStepStartTime PerformedStationAETitle
    PerformedStationGeographicLocationCodeSequence PerformedStationName
    PerformedStationNameCodeSequence PerformingPhysicianIdentificationSequence
    PerformingPhysicianName PersonAddress PersonTelecomInformation PersonTelephoneNumbers
    PhysicianApprovingInterpretation PhysiciansOfRecord PhysiciansOfRecordIdentificationSequence
    PhysiciansReadingStudyIdentificationSequence PlateID PositionAcquisitionTemplateDescription
    PositionAcquisitionTemplateName PreMedication PregnancyStatus PrescriptionDescription
    PresentationCreationDate PresentationCreationTime PriorTreatmentDoseDescription
    ProcedureStepCancellationDateTime ProductExpirationDateTime PyramidDescription PyramidLabel
    ROICreatorSequence ROIDateTime ROIDescription ROIGenerationDescription ROIInterpreterSequence
    ROIObservationDateTime ROIObservationDescription ROIObservationLabel RTPlanDescription
    RTPlanName RadiopharmaceuticalStartDateTime RadiopharmaceuticalStartTime
    RadiopharmaceuticalStopDateTime RadiopharmaceuticalStopTime ReasonForOmissionDescription
    ReasonForRequestedProcedureCodeSequence ReasonForStudy ReasonForTheImagingServiceRequest
    ReasonForTheRequestedProcedure ReasonForVisit ReasonForVisitCodeSequence ReceivingAE
    ReferencedDigitalSignatureSequence ReferencedPatientAliasSequence ReferencedPatientPhotoSequence
    ReferencedPatientSequence ReferencedSOPInstanceMACSequence ReferringPhysicianAddress
    ReferringPhysicianIdentificationSequence ReferringPhysicianTelephoneNumbers RegionOfResidence
    RequestAttributesSequence RequestedContrastAgent RequestedProcedureComments RequestedProcedureID
    RequestedProcedureLocation RequestedSeriesDescription RequestingAE RequestingPhysician
    RequestingService RespiratoryMotionCompensationTechniqueDescription ResponsibleOrganization
    ResponsiblePerson ResultsComments ResultsDistributionListSequence ResultsID ResultsIDIssuer
    RetrieveAETitle SOPAuthorizationDateTime ScheduledAdmissionDate ScheduledAdmissionTime
    ScheduledDischargeDate ScheduledDischargeTime ScheduledHumanPerformersSequence
    ScheduledPatientInstitutionResidence ScheduledPerformingPhysicianIdentificationSequence
    ScheduledPerformingPhysicianName ScheduledProcedureStepDescription ScheduledProcedureStepEndDate
    ScheduledProcedureStepEndTime ScheduledProcedureStepExpirationDateTime ScheduledProcedureStepID
    ScheduledProcedureStepLocation ScheduledProcedureStepModificationDateTime
    ScheduledProcedureStepStartDate ScheduledProcedureStepStartDateTime
    ScheduledProcedureStepStartTime ScheduledStationAETitle
    ScheduledStationGeographicLocationCodeSequence ScheduledStationName
    ScheduledStationNameCodeSequence ScheduledStudyLocation ScheduledStudyLocationAETitle
    ScheduledStudyStartDate ScheduledStudyStartTime ScheduledStudyStopDate ScheduledStudyStopTime
    SecondaryCaptureDeviceID SeriesDescription ServiceEpisodeDescription ServiceEpisodeID
    SetupTechniqueDescription ShieldingDeviceDescription SlideIdentifier SmokingStatus
    SourceManufacturer SpecialNeeds SpecimenAccessionNumber SpecimenDetailedDescription
    SpecimenShortDescription StationAETitle StructureSetDescription StructureSetName
    StudyArrivalDate StudyArrivalTime StudyComments StudyCompletionDate StudyCompletionTime
    StudyDescription StudyIDIssuer StudyReadDate StudyReadTime StudyVerifiedDate StudyVerifiedTime
    SubstanceAdministrationDateTime TelephoneNumberTrial TemplateLocalVersion TemplateVersion
    TextComments TextString TimeOfDocumentCreationOrVerbalTransactionTrial TimeOfLastCalibration
    TimeOfSecondaryCapture TimezoneOffsetFromUTC TopicAuthor TopicKeywords TopicSubject TopicTitle
    TransducerIdentificationSequence TreatmentSites UDISequence UniqueDeviceIdentifier
    VerbalSourceIdentifierCodeSequenceTrial VerbalSourceTrial VisitComments
    WaveformFilterDescription XRayDetectorLabel
    """
)
"""X: removed."""

EMPTY: Final = _words(
    """
    AccessionNumber AcquisitionContextSequence AcquisitionDate AcquisitionTime BarcodeValue
    CalibrationDateTime ClinicalTrialCoordinatingCenterName ClinicalTrialProtocolName
    ClinicalTrialSiteID ClinicalTrialSiteName ClinicalTrialTimePointID
    ConceptualVolumeCombinationDescription ConceptualVolumeDescription ConsultingPhysicianName
    DeviceAlternateIdentifier FillerOrderNumberImagingServiceRequest FractionationNotes
    IssuerOfTheContainerIdentifierSequence IssuerOfTheSpecimenIdentifierSequence LabelText
    ManufacturerDeviceIdentifier ParticipationDateTime PatientBirthDate PatientName PatientSex
    PatientSexNeutered PlacerOrderNumberImagingServiceRequest PrescriptionNotes
    PrescriptionNotesSequence ROIInterpreter ROIName RTAccessoryDeviceSlotID RTAccessoryHolderSlotID
    RTPhysicianIntentNarrative RadiationGenerationModeDescription ReasonForSuperseding
    ReferencedStudySequence ReferringPhysicianName RequestedProcedureDescription ReviewDate
    ReviewTime ReviewerName SourceOfPreviousValues SourceSerialNumber SpecimenPreparationSequence
    StructureSetDate StructureSetTime StudyDate StudyID StudyTime TreatmentMachineName
    TreatmentTechniqueNotes VerifyingObserverIdentificationCodeSequence
    """
)
"""Z and X/Z: kept without a value."""

DUMMY: Final = _words(
    """
    AcquisitionDateTime AcquisitionDeviceProcessingDescription AcquisitionFieldOfViewLabel
    AnnotationGroupLabel AnnotationGroupUID AssertionDateTime AttributeModificationDateTime
    BeamHoldTransitionDateTime CertificateOfSigner ClinicalTrialProtocolEthicsCommitteeName
    ClinicalTrialProtocolID ClinicalTrialSponsorName ClinicalTrialSubjectID
    ClinicalTrialSubjectReadingID ContainerIdentifier ContentCreatorName ContentDate ContentSequence
    ContentTime ContextGroupLocalVersion ContextGroupVersion ContrastBolusAgent Date
    DateOfLastDetectorCalibration DateTime DecayCorrectionDateTime DestinationAE DetectorID
    DeviceLabel DeviceSerialNumber DigitalSignatureDateTime EffectiveDateTime EncapsulatedDocument
    EndAcquisitionDateTime EntityLabel EntityLongLabel ExclusionStartDateTime FirstTreatmentDate
    FlowIdentifier FlowIdentifierSequence FrameAcquisitionDateTime FrameOriginTimestamp
    FrameReferenceDateTime FunctionalSyncPulse GraphicAnnotationSequence
    HangingProtocolCreationDateTime ImpedanceMeasurementDateTime InformationIssueDateTime
    InstanceCreationDate InstanceCreationTime InstitutionCodeSequence InstitutionName
    InstructionPerformedDateTime IntendedPhaseEndDate IntendedPhaseStartDate InterlockDateTime
    InterlockDescription InterlockOriginDescription ModifyingSystem MostRecentTreatmentDate
    ObservationDateTime OperatorIdentificationSequence OperatorsName OverrideDateTime PatientID
    PersonIdentificationCodeSequence PersonName ProtocolName RTPlanDate RTPlanLabel RTPlanTime
    RTPrescriptionLabel RTToleranceSetLabel RTTreatmentApproachLabel
    RadiationDoseIdentificationLabel RadiationDoseInVivoMeasurementLabel
    RadiationGenerationModeLabel ReasonForTheAttributeModification RecordedRTControlPointDateTime
    ReferencedDateTime ReferencedPerformedProcedureStepSequence SafePositionExitDate
    SafePositionExitTime SafePositionReturnDate SafePositionReturnTime SelectorAEValue
    SelectorASValue SelectorDAValue SelectorDTValue SelectorLOValue SelectorLTValue SelectorOBValue
    SelectorPNValue SelectorSHValue SelectorSTValue SelectorTMValue SelectorUNValue SelectorURValue
    SelectorUTValue SeriesDate SeriesTime SourceEndDateTime SourceIdentifier SourceStartDateTime
    SourceStrengthReferenceDate SourceStrengthReferenceTime SpecimenIdentifier
    StartAcquisitionDateTime StationName StructureSetLabel Time TimeOfLastDetectorCalibration
    TreatmentControlPointDate TreatmentControlPointTime TreatmentDate TreatmentPositionGroupLabel
    TreatmentSite TreatmentTime TreatmentToleranceViolationDateTime
    TreatmentToleranceViolationDescription UnformattedTextValue UserContentLabel
    UserContentLongLabel VerificationDateTime VerifyingObserverName VerifyingObserverSequence
    VerifyingOrganization WaveformAnnotationSequence XRayDetectorID XRaySourceID
    """
)
"""D, Z/D, X/D and X/Z/D: a dummy value of the same VR; items are gone through."""

UIDS: Final = _words(
    """
    AcquisitionUID ConcatenationUID ConceptualVolumeUID ConstituentConceptualVolumeUID DeviceUID
    DigitalSignatureUID DimensionOrganizationUID DoseReferenceUID DosimetricObjectiveUID
    FailedSOPInstanceUIDList FiducialUID FrameOfReferenceUID InstanceCreatorUID IrradiationEventUID
    LargePaletteColorLookupTableUID ManufacturerDeviceClassUID MediaStorageSOPInstanceUID
    MultiplexGroupUID ObservationSubjectUIDTrial ObservationUID PaletteColorLookupTableUID
    PatientSetupUID PresentationDisplayCollectionUID PresentationSequenceCollectionUID PyramidUID
    RTTreatmentPhaseUID ReferencedConceptualVolumeUID ReferencedDoseReferenceUID
    ReferencedDosimetricObjectiveUID ReferencedFiducialsUID ReferencedFrameOfReferenceUID
    ReferencedGeneralPurposeScheduledProcedureStepTransactionUID ReferencedObservationUIDTrial
    ReferencedSOPInstanceUID ReferencedSOPInstanceUIDInFile ReferencedTreatmentPositionGroupUID
    RelatedFrameOfReferenceUID RequestedSOPInstanceUID SOPInstanceUID SeriesInstanceUID
    SourceConceptualVolumeUID SourceFrameOfReferenceUID SpecimenUID StorageMediaFileSetUID
    StudyInstanceUID SynchronizationFrameOfReferenceUID TableTopPositionAlignmentUID TargetUID
    TemplateExtensionCreatorUID TemplateExtensionOrganizationUID TrackingUID TransactionUID
    TreatmentPositionGroupUID TreatmentSessionUID UID
    """
)
"""U: another UID, the same for the same."""

ITEMS: Final = _words(
    """
    ReferencedImageSequence SourceImageSequence
    """
)
"""X/Z/U*: sequences that are kept, the UIDs in them replaced."""

DEVICE_IDENTITY: Final = _words(
    """
    BeamHoldTransitionDateTime CalibrationDate CalibrationDateTime CalibrationTime CassetteID
    DateOfInstallation DateOfLastCalibration DateOfLastDetectorCalibration DateOfManufacture
    DateTimeOfLastCalibration DetectorID DeviceDescription DeviceLabel DeviceSerialNumber DeviceUID
    GantryID GeneratorID LensMake LensModel LensSerialNumber LensSpecification
    ManufacturerDeviceClassUID ManufacturerDeviceIdentifier ModifyingDeviceID ModifyingSystem
    PerformedStationGeographicLocationCodeSequence PerformedStationName
    PerformedStationNameCodeSequence PlateID ScheduledProcedureStepLocation
    ScheduledStationGeographicLocationCodeSequence ScheduledStationName
    ScheduledStationNameCodeSequence ScheduledStudyLocation SourceManufacturer SourceSerialNumber
    StationName TimeOfLastCalibration TimeOfLastDetectorCalibration TransducerIdentificationSequence
    TreatmentMachineName UDISequence UniqueDeviceIdentifier XRayDetectorID XRayDetectorLabel
    XRaySourceID
    """
)
"""K in the column Retain Device Identity; what would have to be cleaned (C) is not kept."""

PATIENT_CHARACTERISTICS: Final = _words(
    """
    EthnicGroup EthnicGroupCodeSequence PatientAge PatientSex PatientSexNeutered PatientSize
    PatientWeight PregnancyStatus SelectorASValue SmokingStatus
    """
)
"""K in the column Retain Patient Characteristics; what would have to be cleaned is not kept."""

NEVER_RETAINED: Final = _words("GPSTimeStamp PatientBirthDate PatientBirthTime")
"""Moments that the column Retain Longitudinal Temporal Information leaves out."""

MORE_REMOVED: Final = _words(
    """
    AssertionComments CommentsOnTheScheduledProcedureStep DocumentTitle HL7InstanceIdentifier
    IdentificationDescriptionTrial IndicationDescription InstructionPerformanceComment
    InterventionDescription ObservationDescription RTImageDescription ReportStatusCommentTrial
    SOPAuthorizationComment SetupImageComment SpecimenDescriptionTrial SurfaceComments
    TransactionStatusComment TreatmentStatusComment UniformResourceLocatorTrial
    """
)
"""Free text that the table does not name: ours goes beyond it."""

MORE_DUMMY: Final = _words("TextValue")
"""The table replaces Content Sequence as a whole; ours goes into its items."""
